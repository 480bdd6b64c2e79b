import { createHmac, timingSafeEqual } from 'node:crypto';

/** What download links end in: nothing, one signature for all, or a token for each image. */
export interface DownloadQuerySettings {
  /** Query string without `?`; a secret. */
  readonly downloadSas: string | undefined;
  /** The app serves the images itself, to whoever has the token that this key makes; a secret. */
  readonly downloadTokenKey: string | undefined;
}

/** The query, without `?`, of the link to a released blob; undefined where the link needs none. */
export function downloadQuery(settings: DownloadQuerySettings, blobPath: string): string | undefined {
  const { downloadSas, downloadTokenKey } = settings;
  // `token=`: a name that is removed wherever a device's report, a log line or an answer repeats the link.
  return downloadTokenKey === undefined ? downloadSas : `token=${downloadToken(downloadTokenKey, blobPath)}`;
}

/** Whether the token is the one for this blob. Takes the same time wherever the two differ. */
export function isDownloadToken(key: string, blobPath: string, token: string): boolean {
  const wanted = Buffer.from(downloadToken(key, blobPath));
  const given = Buffer.from(token);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** HMAC-SHA-256 of the path, 43 characters: it cannot be guessed for one image from that of another. */
function downloadToken(key: string, blobPath: string): string {
  return createHmac('sha256', key).update(blobPath).digest('base64url');
}
