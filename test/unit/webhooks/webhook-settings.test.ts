import { describe, expect, test } from 'vitest';
import { settingsReader } from '../../../src/shared/settings-reader.ts';
import { readWebhookSettings } from '../../../src/shared/webhooks/webhook-settings.ts';

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

function read(environment: Record<string, string>) {
  const problems: string[] = [];
  return { settings: readWebhookSettings(settingsReader(environment, problems), problems), problems };
}

describe('webhook settings', () => {
  test('that are not there are no fault: nobody is told of anything', () => {
    expect(read({})).toEqual({ settings: undefined, problems: [] });
    expect(read({ WEBHOOK_SECRETS: SECRET })).toEqual({ settings: undefined, problems: [] });
  });

  test('hold several addresses, secrets and events', () => {
    const { settings, problems } = read({
      WEBHOOK_URLS:
        'https://a.example.com/hook?sig=x, http://localhost:8080/, http://[::1]/, http://127.0.0.1/',
      WEBHOOK_SECRETS: `${SECRET},whsec_${Buffer.alloc(32, 7).toString('base64')}`,
      WEBHOOK_EVENTS: 'device,rollout.stopped',
    });
    expect(problems).toEqual([]);
    expect(settings?.endpoints.map(({ url }) => url.href)).toEqual([
      'https://a.example.com/hook?sig=x',
      'http://localhost:8080/',
      'http://[::1]/',
      'http://127.0.0.1/',
    ]);
    expect(settings?.secrets.map((key) => key.length)).toEqual([24, 32]);
    expect([...(settings?.events ?? [])]).toEqual(['device.failed', 'device.reverted', 'rollout.stopped']);
  });

  test('leave out device events where nothing is said', () => {
    const { settings } = read({ WEBHOOK_URLS: 'https://a.example.com/', WEBHOOK_SECRETS: SECRET });
    const events = [...(settings?.events ?? [])];
    expect(events).toContain('rollout.started');
    expect(events).toContain('upload.refused');
    expect(events.filter((name) => name.startsWith('device.'))).toEqual([]);
  });

  test('without a secret say how to make one', () => {
    const { problems } = read({ WEBHOOK_URLS: 'https://a.example.com/' });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^WEBHOOK_SECRETS is missing.*randomBytes\(32\)/);
  });

  test.each([
    ['ftp://a.example.com/', 'no URL'],
    ['not a url', 'no URL'],
    ['http://a.example.com/', 'not https'],
    ['http://localhost.example.com/', 'not https'],
    ['http://1270.0.0.1.example.com/', 'not https'],
    ['https://user:geheim@a.example.com/', 'user name'],
    ['https://a.example.com/,https://a.example.com/#top', 'twice'],
    [' , ', 'empty'],
  ])('refuse the address %s: %s', (address, fault) => {
    const { problems } = read({ WEBHOOK_URLS: address, WEBHOOK_SECRETS: SECRET });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(fault);
    expect(problems[0]).not.toContain('geheim');
  });

  test.each([
    'C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
    'whsec_',
    'whsec_c2hvcnQ=',
    'whsec_????',
    `whsec_${'A'.repeat(100)}`,
  ])('refuse the secret %s without repeating it', (secret) => {
    const { problems } = read({ WEBHOOK_URLS: 'https://a.example.com/', WEBHOOK_SECRETS: secret });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('WEBHOOK_SECRETS has at place 1');
    expect(problems[0]?.split('Example')[0]).not.toContain(secret.slice(6) || 'never');
  });
});
