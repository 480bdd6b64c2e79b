import { describe, expect, test } from 'vitest';
import { judged } from '../../../cli/check-download.ts';
import { DEVICE_ROOT, deviceRoot } from '../../../cli/device-download.ts';

const release = { url: 'https://example.blob.core.windows.net/releases/a.bin', size: 600_000 };

describe('the way of a board to its download', () => {
  test('is fine under the root of today, and the sketch is told how to trust it', () => {
    const finding = judged({ kind: 'served', size: 600_000 }, release, DEVICE_ROOT);
    expect(finding.level).toBe('ok');
    expect(finding.next?.join('\n')).toContain('OTADownloadFirmware(fwInfo->fwPackageURI, &crc, root_g2);');
  });

  test('is broken where the bytes are others, the chain is another, or nothing answers', () => {
    expect(judged({ kind: 'served', size: 5 }, release, DEVICE_ROOT).level).toBe('fail');
    expect(judged({ kind: 'other-root', reason: 'X' }, release, DEVICE_ROOT).level).toBe('fail');
    expect(judged({ kind: 'unreachable', reason: 'X' }, release, DEVICE_ROOT).level).toBe('fail');
  });

  test('cannot be told where the address needs the secret that is not shown', () => {
    expect(judged({ kind: 'status', status: 403 }, release, DEVICE_ROOT)).toMatchObject({ level: 'warn' });
  });

  test('the root is the one whose name it has', () => {
    expect(deviceRoot()).toMatch(/^-----BEGIN CERTIFICATE-----/);
  });
});
