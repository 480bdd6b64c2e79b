import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanText, redact } from '../../../src/shared/redact.ts';

describe('what is kept of a text from outside', () => {
  test.each([
    [
      'https://h/x.bin?sv=2024&se=2027-01-01&sr=b&sig=a%2Bb%3D',
      'https://h/x.bin?sv=2024&se=REDACTED&sr=b&sig=REDACTED',
    ],
    ['failed with code=12345 and token=abc', 'failed with code=REDACTED and token=REDACTED'],
    ['redirect?to=https%3A%2F%2Fh%3Fsig%3Dabc', 'redirect?to=https%3A%2F%2Fh%3Fsig%3DREDACTED'],
    ['https:\\/\\/me:pass@h\\/x?SIG=abc', 'https:\\/\\/REDACTED@h\\/x?SIG=REDACTED'],
    ['AccountName=a;AccountKey=Zm9v==', 'AccountName=a;AccountKey=REDACTED'],
    ['Authorization: Bearer eyJ0.eyJz', 'Authorization: Bearer REDACTED'],
    ['{"access_token": "abc","code":"E7"}', '{"access_token": "REDACTED","code":"E7"}'],
    ['client_secret=abc', 'client_secret=REDACTED'],
    ['errorcode=7, design=flat, DownloadFailed', 'errorcode=7, design=flat, DownloadFailed'],
  ])('of %s is %s', (text, kept) => {
    expect(redact(text)).toBe(kept);
  });

  test('never holds the secret, wherever in a query it stands', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9%+/=]{8,40}$/).map((text) => `S3CRET${text}`);
    const name = fc.constantFrom('sig', 'SIG', 'code', 'token', 'se', 'access_token', 'SharedAccessKey');
    const before = fc.stringMatching(/^[a-z]{1,8}=[a-z0-9%]{0,12}$/);
    const leakless = fc.property(before, name, secret, before, (front, key, value, back) => {
      expect(redact(`https://h/x?${front}&${key}=${value}&${back}`)).not.toContain('S3CRET');
    });
    fc.assert(leakless);
  });

  test('is JSON still where it was JSON, and holds no secret in it', () => {
    const piece = fc.constantFrom(
      'sig=S3CRET',
      'Bearer S3CRET',
      '://me:S3CRET@',
      '{"token":"S3CRET"}',
      '"',
      '\\',
      '\n',
      "'",
      '&',
      'a',
    );
    const text = fc
      .array(piece, { maxLength: 12 })
      .map((pieces) => pieces.join(' ').replaceAll(' \\ ', '\\'));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (values) => {
        const kept = redact(JSON.stringify(values));
        expect(JSON.parse(kept)).toHaveLength(values.length);
        expect(kept).not.toContain('S3CRET');
      }),
    );
  });

  test('is without the secret that begins a line in JSON', () => {
    const text = JSON.stringify('GET\nsig=abc\n\tBearer abc');
    expect(redact(text)).not.toContain('abc');
  });

  test('is one line without broken characters, cut between characters', () => {
    expect(cleanText('a\u0000b\nc\uD800', 100)).toBe('a b c ');
    expect(cleanText('ab😀', 3)).toBe('ab');
  });
});
