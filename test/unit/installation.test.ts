import { expect, test } from 'vitest';
import { installationOf } from '../../src/shared/installation.ts';
import { readSettings } from '../../src/shared/settings.ts';

const SECRET = 'geheim'.repeat(8);
const required = {
  AzureWebJobsStorage: `AccountName=a;AccountKey=${SECRET}`,
  FIRMWARE_STORAGE: `AccountName=a;AccountKey=${SECRET}`,
  IOT_HUB: `HostName=h.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey=${SECRET}`,
  TWIN_EVENTS: `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=${SECRET}`,
  TWIN_EVENTS_HUB: 'twins',
};
const of = (environment: Readonly<Record<string, string>> = {}) =>
  installationOf(readSettings({ ...required, ...environment }));

test('an installation is told with the settings that were not given as they are by default', () => {
  expect(of()).toEqual({
    triggerSource: 'polling',
    defaultPlan: 'all-at-once',
    downloads: 'public',
    webhookEndpoints: 0,
    auth: 'keys',
    configurationQuota: 100,
    dailyMessages: 400_000,
    partitions: 4,
  });
});

test.each([
  ['sas', { DOWNLOAD_SAS: `sv=1&sig=${SECRET}` }],
  ['app', { DOWNLOAD_TOKEN_KEY: SECRET, DOWNLOAD_BASE_URL: 'https://app.example.com/api/downloads' }],
] as const)('devices download by way of %s, and no secret is told', (downloads, environment) => {
  const installation = of(environment);
  expect(installation.downloads).toBe(downloads);
  expect(JSON.stringify(installation)).not.toContain(SECRET);
});

test('webhook endpoints are counted, and not named', () => {
  const installation = of({
    WEBHOOK_URLS: `https://hooks.example.com/a?sig=${SECRET},https://hooks.example.com/b`,
    WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32).toString('base64')}`,
  });
  expect(installation.webhookEndpoints).toBe(2);
  expect(JSON.stringify(installation)).not.toContain('example.com');
});
