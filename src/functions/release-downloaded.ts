import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { isDownloadToken } from '../shared/firmware/download-query.ts';
import type { ReleaseBlobs } from '../shared/firmware/release-blobs.ts';

/**
 * HTTP: an image for a device, read by the app's identity, where no device can reach the storage account. No key of
 * the app is asked for, since devices send no headers; the token in the link opens this one image. A DevKit takes
 * nothing but a 200 and follows no redirect, so the bytes themselves are the answer.
 */
export function registerReleaseDownloaded(tokenKey: string, blobs: Pick<ReleaseBlobs, 'read'>): void {
  app.http('release-downloaded', {
    methods: ['GET', 'HEAD'],
    authLevel: 'anonymous',
    route: 'api/downloads/{deviceType}/{file}',
    handler: async (request) => serveImage(request, tokenKey, blobs),
  });
}

async function serveImage(
  request: HttpRequest,
  tokenKey: string,
  blobs: Pick<ReleaseBlobs, 'read'>,
): Promise<HttpResponseInit> {
  const blobPath = `${request.params['deviceType'] ?? ''}/${request.params['file'] ?? ''}`;
  // Without the right token there is nothing to see, not even whether the image exists.
  if (!isDownloadToken(tokenKey, blobPath, request.query.get('token') ?? '')) return NOT_FOUND;
  const bytes = await blobs.read(blobPath);
  if (!bytes) return NOT_FOUND;
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(bytes.length),
      ...SAFE_HEADERS,
    },
    body: bytes,
  };
}

const SAFE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
const NOT_FOUND: HttpResponseInit = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...SAFE_HEADERS },
  body: 'There is no image for this link.',
};
