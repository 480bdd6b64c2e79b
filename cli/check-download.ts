import { readFile } from 'node:fs/promises';
import type { ApiClient } from '../client/api-client.ts';
import { reads } from '../client/reads.ts';
import { DEVICE_ROOT, deviceRoot, type DownloadResult, tryDownload } from './device-download.ts';
import type { Finding } from './diagnosis.ts';

const TIMEOUT_MS = 10_000;

/** What a sketch has to have: the SDK's built-in root, Baltimore CyberTrust Root, expired in May 2025. */
export const SKETCH_LINES = [
  'The root that is built into the SDK, Baltimore CyberTrust Root, has expired. In the sketch:',
  '  static const char root_g2[] = "-----BEGIN CERTIFICATE-----\\n...";   // DigiCert Global Root G2',
  '  OTADownloadFirmware(fwInfo->fwPackageURI, &crc, root_g2);',
];

/**
 * Can a DevKit download the newest release? `localRoot` is the file with the root of the local cloud, which
 * its simulated devices trust; on Azure it is the root that boards have to be given.
 */
export async function downloadFinding(client: ApiClient, localRoot: string | undefined): Promise<Finding> {
  const { value } = await client.get(reads.rollouts({ limit: 1 }));
  const newest = value[0] && (await client.get(reads.rollout(value[0].id))).release;
  if (!newest) return { check: 'download', level: 'ok', text: 'there is no release yet: nothing to try' };
  const root = localRoot === undefined ? deviceRoot() : await readFile(localRoot, 'utf8');
  if (root === undefined) {
    return {
      check: 'download',
      level: 'warn',
      text: `this Node.js does not carry ${DEVICE_ROOT}: not tried`,
    };
  }
  const result = await tryDownload(newest.url, root, TIMEOUT_MS);
  return judged(result, newest, localRoot === undefined ? DEVICE_ROOT : 'the root of the local cloud');
}

/** What a try means for a board. */
export function judged(
  result: DownloadResult,
  { url, size }: { readonly url: string; readonly size: number },
  root: string,
): Finding {
  const check = 'download';
  switch (result.kind) {
    case 'served':
      if (result.size === undefined || result.size === size) {
        const next = root === DEVICE_ROOT ? SKETCH_LINES : [];
        return { check, level: 'ok', text: `${url} is served under ${root}`, next };
      }
      return {
        check,
        level: 'fail',
        text: `${url} has ${result.size} bytes, and the release has ${size}`,
        next: ['Something has replaced the blob: publish the image again under a higher version.'],
      };
    case 'status':
      return {
        check,
        level: 'warn',
        text: `${url} answers ${result.status}; a device takes 200 alone, and follows no redirect`,
        next: [
          'With DOWNLOAD_SAS this is as it should be: the address is shown without its secret.',
          'Else make the releases container public to read, or set DOWNLOAD_SAS.',
        ],
      };
    case 'other-root':
      return {
        check,
        level: 'fail',
        text: `${url} is not signed under ${root} (${result.reason}): a DevKit would not download it`,
        next: [
          'Use the blob endpoint itself as DOWNLOAD_BASE_URL, or give the sketch the root of this host.',
        ],
      };
    case 'unreachable':
      return {
        check,
        level: 'fail',
        text: `${url} cannot be reached from here (${result.reason})`,
        next: ['Devices reach it over the internet: look at the firewall of the storage account.'],
      };
  }
}
