import { describe, expect, test } from 'vitest';
import { downloadQuery, isDownloadToken } from '../../../src/shared/firmware/download-query.ts';
import { redact } from '../../../src/shared/redact.ts';

const KEY = 'k'.repeat(32);
const PATH = 'IoTDevKit/1.0.1-0123456789ab.bin';
const tokenOf = (key: string, path: string) =>
  downloadQuery({ downloadSas: undefined, downloadTokenKey: key }, path)?.replace('token=', '') ?? '';

describe('the query of a download link', () => {
  test('is nothing for a public container, and the signature for a signed one', () => {
    expect(downloadQuery({ downloadSas: undefined, downloadTokenKey: undefined }, PATH)).toBeUndefined();
    expect(downloadQuery({ downloadSas: 'sv=1&sig=x', downloadTokenKey: undefined }, PATH)).toBe(
      'sv=1&sig=x',
    );
  });

  test('holds a token that opens this image, under this key, and nothing else', () => {
    const token = tokenOf(KEY, PATH);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(isDownloadToken(KEY, PATH, token)).toBe(true);
    expect(isDownloadToken(KEY, PATH.replace('1.0.1', '1.0.2'), token)).toBe(false);
    expect(isDownloadToken('j'.repeat(32), PATH, token)).toBe(false);
    for (const other of [
      '',
      token.slice(1),
      `${token}A`,
      token.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
    ])
      expect(isDownloadToken(KEY, PATH, other)).toBe(false);
  });

  test('is removed where a device echoes its link', () => {
    const token = tokenOf(KEY, PATH);
    expect(redact(`https://app.example.com/api/downloads/${PATH}?token=${token}`)).not.toContain(token);
  });
});
