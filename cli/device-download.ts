import { get } from 'node:https';
import { rootCertificates, type TLSSocket } from 'node:tls';
import { X509Certificate } from 'node:crypto';

/** The root that Azure's storage endpoints are signed under today, and that a DevKit has to be given. */
export const DEVICE_ROOT = 'DigiCert Global Root G2';

export type DownloadResult =
  | { readonly kind: 'served'; readonly size: number | undefined }
  | { readonly kind: 'status'; readonly status: number }
  /** The chain does not end in the root that the device trusts. */
  | { readonly kind: 'other-root'; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** The root as Node.js carries it; undefined where it does not any more. */
export function deviceRoot(): string | undefined {
  return rootCertificates.find((pem) =>
    new X509Certificate(pem).subject.split('\n').includes(`CN=${DEVICE_ROOT}`),
  );
}

/**
 * Asks for an image as a DevKit does: over TLS with one root alone, no redirects, and looks at the head of
 * the answer only. `ca` is that root (PEM).
 */
export async function tryDownload(url: string, ca: string, timeoutMs: number): Promise<DownloadResult> {
  return new Promise((resolve) => {
    const request = get(url, { ca, agent: false, timeout: timeoutMs }, (response) => {
      const { statusCode: status = 0, headers } = response;
      const length = headers['content-length'];
      response.destroy();
      resolve(
        status === 200
          ? { kind: 'served', size: length === undefined ? undefined : Number(length) }
          : { kind: 'status', status },
      );
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.on('error', (error) => resolve(failed(error, request.socket)));
  });
}

function failed(error: Error, socket: unknown): DownloadResult {
  const reason = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  const refused = (socket as TLSSocket | null)?.authorizationError;
  return refused ? { kind: 'other-root', reason } : { kind: 'unreachable', reason };
}
