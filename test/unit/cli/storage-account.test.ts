import { describe, expect, test } from 'vitest';
import { commands } from '../../../cli/commands.ts';
import { CommandError } from '../../../cli/failure.ts';
import { parseCommandLine } from '../../../cli/parse-command-line.ts';
import { storageAccount } from '../../../cli/storage-account.ts';

const CONNECTION =
  'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=geheim;EndpointSuffix=example.com';
const URL = 'https://a.blob.core.windows.net/';

function account(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const publish = commands.find(({ name }) => name === 'publish');
  if (!publish) throw new Error('There is no command publish');
  return storageAccount(parseCommandLine(publish, ['a.bin', ...words]).options, { env });
}

function refusal(words: readonly string[], env: Readonly<Record<string, string>> = {}): CommandError {
  try {
    account(words, env);
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  return expect.fail('it was taken');
}

describe('the account that images are dropped into', () => {
  test('is that of the option, then that of the environment, then none', () => {
    const env = { OTA_STORAGE: CONNECTION };
    expect(account(['--storage', URL], env)).toEqual({ kind: 'url', url: URL });
    expect(account([], env)).toEqual({ kind: 'connection-string', connectionString: CONNECTION });
    expect(account([], { OTA_STORAGE: URL })).toEqual({ kind: 'url', url: URL });
    expect(account([])).toBeUndefined();
    expect(account([], { OTA_STORAGE: ' ' })).toBeUndefined();
  });

  test.each([
    CONNECTION,
    'BlobEndpoint=https://a.example.com;SharedAccessSignature=sv=1&sig=geheim',
    `${URL}?sv=1&sig=geheim`,
  ])('is not named by a secret on the command line: %s', (secret) => {
    const { exit, message, next } = refusal(['--storage', secret]);
    expect(exit).toBe(2);
    expect(message).toContain('others see options');
    expect(next.join(' ')).toMatch(/OTA_STORAGE.*az login.*new key/);
    expect([message, ...next].join(' ')).not.toContain('geheim');
  });

  test('is not named by anything else, and the message says by what', () => {
    expect(refusal(['--storage', 'myaccount']).message).toContain('takes the URL of the account');
    expect(refusal(['--storage', 'http://a.example.com']).message).toContain('as https://');
    const sas = refusal([], { OTA_STORAGE: `${URL}?sig=geheim` });
    expect([sas.message, ...sas.next].join(' ')).toMatch(/^OTA_STORAGE is neither.*A URL with a SAS/);
    expect([sas.message, ...sas.next].join(' ')).not.toContain('geheim');
  });
});
