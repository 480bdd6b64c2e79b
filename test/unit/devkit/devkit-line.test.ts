import { describe, expect, it } from 'vitest';
import { formatLine, type DevKitHappening } from '../../../local/devkit/devkit-line.ts';

const REPORTED = { kind: 'reported', runningVersion: '1.0.0', pendingVersion: '1.0.1' } as const;

describe('a line for people', () => {
  it.each<[DevKitHappening, string]>([
    [{ kind: 'connected' }, 'connected to the hub'],
    [{ kind: 'disconnected', reason: 'gone' }, 'lost the hub: gone'],
    [
      { kind: 'connect-failed', reason: 'refused', retryInMs: 1234 },
      'cannot connect: refused; next try in 1.2 s',
    ],
    [
      { kind: 'reported', status: 'Current', runningVersion: '1.0.0', pendingVersion: '', substatus: '' },
      'Current 1.0.0',
    ],
    [{ ...REPORTED, status: 'Error', substatus: 'VerifyFailed' }, 'Error 1.0.0 -> 1.0.1 (VerifyFailed)'],
    [
      { kind: 'report-lost', status: 'Applying' },
      'the report of Applying was not acknowledged and is given up',
    ],
    [
      { kind: 'downloaded', download: { kind: 'received', size: 5, crc: 0xa1, holdsVersion: true } },
      'received 5 bytes, CRC 0x00a1',
    ],
    [{ kind: 'downloaded', download: { kind: 'flash-full' } }, 'the image does not fit into the OTA area'],
    [
      { kind: 'downloaded', download: { kind: 'failed', cause: 'status 404' } },
      'the download failed: status 404',
    ],
    [{ kind: 'restarting', runningVersion: '1.0.1' }, 'restarting into 1.0.1'],
  ])('of %j', (happening, text) => {
    const at = new Date('2026-01-02T03:04:05.678Z');
    expect(formatLine({ deviceId: 'dev1', at, ...happening })).toBe(`03:04:05 dev1: ${text}`);
  });

  it('does not show the signature of a download address', () => {
    const substatus = 'https://h/f.bin?sv=1&sig=secret';
    const line = formatLine({
      deviceId: 'd',
      at: new Date(0),
      ...REPORTED,
      status: 'Downloading',
      substatus,
    });
    expect(line).toBe('00:00:00 d: Downloading 1.0.0 -> 1.0.1 (https://h/f.bin)');
  });
});
