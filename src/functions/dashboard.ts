import { app, type HttpHandler, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { CONTENT_SECURITY_POLICY } from '../shared/http/content-security.ts';
import { isNamedBy } from '../shared/http/entity-tag.ts';
import { type StaticFile, StaticFiles } from '../shared/http/static-files.ts';

const SAFE_HEADERS = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
/** The name holds a hash of the content: another content has another name. */
const FOREVER = 'public, max-age=31536000, immutable';

/**
 * HTTP: the dashboard at `/`, its files below `/assets`. They hold no data and are open to all; what they
 * show they ask of the API, which asks for rights. `directory` is what the build wrote; it ends with `/`.
 */
export function registerDashboard(directory: URL): void {
  const files = new StaticFiles(directory);
  app.http('dashboard', {
    methods: ['GET', 'HEAD'],
    authLevel: 'anonymous',
    // The root itself: an empty route would stand for the function's name.
    route: '{nothing:maxlength(0)?}',
    handler: servePage(files),
  });
  app.http('dashboard-file', {
    methods: ['GET', 'HEAD'],
    authLevel: 'anonymous',
    route: 'assets/{file}',
    handler: serveFile(files),
  });
}

function servePage(files: StaticFiles): HttpHandler {
  return async (request) =>
    answered(request, await files.page(), {
      'cache-control': 'no-cache',
      'content-security-policy': CONTENT_SECURITY_POLICY,
    });
}

function serveFile(files: StaticFiles): HttpHandler {
  return async (request) => {
    const file = await files.file(request.params['file'] ?? '');
    if (file) return answered(request, file, { 'cache-control': FOREVER });
    return {
      status: 404,
      headers: { ...SAFE_HEADERS, 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' },
      body: 'The dashboard has no such file. Reload the page: it may be older than the app.',
    };
  };
}

/** With the tag of the content, compressed for whom takes that. */
function answered(
  request: HttpRequest,
  { bytes, gzipped, mediaType, etag }: StaticFile,
  own: Readonly<Record<string, string>>,
): HttpResponseInit {
  const compress = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(
    request.headers.get('accept-encoding') ?? '',
  );
  // Each form has a tag of its own: a strong tag names bytes (RFC 9110, 8.8.3.3).
  const tag = compress ? etag.replace(/"$/, '-gzip"') : etag;
  const headers = { ...SAFE_HEADERS, ...own, etag: tag, vary: 'accept-encoding' };
  if (isNamedBy(request.headers.get('if-none-match'), tag)) return { status: 304, headers };
  return {
    status: 200,
    headers: { ...headers, 'content-type': mediaType, ...(compress && { 'content-encoding': 'gzip' }) },
    body: compress ? gzipped : bytes,
  };
}
