import { describe, expect, test } from 'vitest';
import { settingDescriptions } from '../../src/shared/setting-descriptions.ts';
import { readSettings, SettingsError } from '../../src/shared/settings.ts';

const storage =
  'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5;EndpointSuffix=core.windows.net';
const least = {
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  FIRMWARE_STORAGE: storage,
  IOT_HUB: 'HostName=h.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey=a2V5',
  TWIN_EVENTS: 'Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=a2V5',
  TWIN_EVENTS_HUB: 'twin-changes',
};

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readSettings(environment);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

/** Every name that readSettings looks up, without the parts of identities. */
function namesThatAreRead(): Set<string> {
  const names = new Set<string>();
  const environment = new Proxy<Record<string, string>>(least, {
    get: (target, name: string) => {
      if (!name.includes('__')) names.add(name);
      return target[name];
    },
  });
  readSettings(environment);
  return names;
}

describe('settings', () => {
  test('have a default for everything but the connections', () => {
    expect(readSettings(least)).toEqual({
      hostStorage: { kind: 'connection-string', connectionString: 'UseDevelopmentStorage=true' },
      storage: { kind: 'connection-string', connectionString: storage },
      iotHub: {
        connection: { kind: 'connection-string', connectionString: least.IOT_HUB },
        endpoint: undefined,
      },
      hubLimits: { configurations: 100, dailyMessages: 400_000 },
      twinEvents: {
        connection: { kind: 'connection-string', connectionString: least.TWIN_EVENTS },
        eventHub: 'twin-changes',
        consumerGroup: 'firmware-ota',
        partitions: 4,
      },
      firmware: {
        container: 'firmware',
        triggerSource: 'polling',
        sweepSchedule: '0 */5 * * * *',
        defaultDeviceType: 'IoTDevKit',
        profiles: new Map(),
      },
      releases: {
        container: 'releases',
        downloadBaseUrl: undefined,
        downloadSas: undefined,
        downloadTokenKey: undefined,
      },
      rollouts: { judgeSchedule: '0 * * * * *', defaultPlan: 'all-at-once', twinUpdatesPerSecond: 20 },
      ledger: { recountSchedule: '30 */5 * * * *' },
      webhooks: undefined,
      telemetry: { otlpEndpoint: undefined, deviceIds: 'hashed' },
      api: { auth: 'keys' },
    });
  });

  test('reach every service by identity too', () => {
    const settings = readSettings({
      AzureWebJobsStorage__blobServiceUri: 'https://host.blob.core.windows.net',
      FIRMWARE_STORAGE__blobServiceUri: 'https://a.blob.core.windows.net/',
      FIRMWARE_STORAGE__queueServiceUri: 'https://a.queue.core.windows.net/',
      FIRMWARE_STORAGE__tableServiceUri: 'https://a.table.core.windows.net/',
      FIRMWARE_STORAGE__credential: 'managedidentity',
      FIRMWARE_STORAGE__clientId: 'id',
      IOT_HUB__hostName: 'h.azure-devices.net',
      TWIN_EVENTS__fullyQualifiedNamespace: 'n.servicebus.windows.net',
      TWIN_EVENTS_HUB: 'twin-changes',
    });
    expect(settings.hostStorage).toEqual({
      kind: 'identity',
      clientId: undefined,
      blobServiceUri: 'https://host.blob.core.windows.net',
    });
    expect(settings.storage).toEqual({
      kind: 'identity',
      clientId: 'id',
      blobServiceUri: 'https://a.blob.core.windows.net',
      queueServiceUri: 'https://a.queue.core.windows.net',
      tableServiceUri: 'https://a.table.core.windows.net',
    });
    expect(settings.iotHub.connection).toEqual({
      kind: 'identity',
      clientId: undefined,
      hostName: 'h.azure-devices.net',
    });
    expect(settings.twinEvents.connection.kind).toBe('identity');
  });

  test('take the host’s storage by the name of its account, as the host does', () => {
    const { AzureWebJobsStorage: _, ...rest } = least;
    const settings = readSettings({
      ...rest,
      AzureWebJobsStorage__accountName: 'hostaccount',
      AzureWebJobsStorage__credential: 'managedidentity',
      AzureWebJobsStorage__clientId: 'id',
    });
    expect(settings.hostStorage).toEqual({
      kind: 'identity',
      clientId: 'id',
      blobServiceUri: 'https://hostaccount.blob.core.windows.net',
    });
  });

  test('that are missing are all named, with an example', () => {
    const problems = problemsOf({});
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'AzureWebJobsStorage',
      'FIRMWARE_STORAGE',
      'IOT_HUB',
      'TWIN_EVENTS',
      'TWIN_EVENTS_HUB',
    ]);
    for (const problem of problems) expect(problem).toContain('Example: ');
  });

  test.each([
    ['AzureWebJobsStorage', 'AccountName=a'],
    ['FIRMWARE_STORAGE', 'AccountName=a'],
    ['IOT_HUB', 'HostName=h.azure-devices.net'],
    ['IOT_HUB_ENDPOINT', 'http://localhost:1'],
    ['HUB_CONFIGURATION_QUOTA', '0'],
    ['HUB_DAILY_MESSAGES', 'many'],
    ['TWIN_EVENTS', 'nonsense'],
    ['TWIN_EVENTS_HUB', 'a b'],
    ['TWIN_EVENTS_CONSUMER_GROUP', '?'],
    ['TWIN_EVENTS_PARTITIONS', '33'],
    ['TWIN_EVENTS_PARTITIONS', '0'],
    ['TWIN_EVENTS_PARTITIONS', '1.5'],
    ['FIRMWARE_CONTAINER', 'Firmware'],
    ['FIRMWARE_CONTAINER', 'releases'],
    ['FIRMWARE_TRIGGER_SOURCE', 'webhook'],
    ['FIRMWARE_SWEEP_SCHEDULE', '* * *'],
    ['DEFAULT_DEVICE_TYPE', "x'"],
    ['DEVICE_PROFILES', 'IoTDevKit=az3166'],
    ['RELEASES_CONTAINER', '-'],
    ['DOWNLOAD_BASE_URL', 'http://downloads.example.com'],
    ['DOWNLOAD_BASE_URL', 'https://d.example.com/releases?sig=x'],
    ['DOWNLOAD_BASE_URL', 'https://u:p@d.example.com/releases'],
    ['DOWNLOAD_SAS', 'sv=2022'],
    ['ROLLOUT_JUDGE_SCHEDULE', 'hourly'],
    ['DEFAULT_PLAN', 'Careful!'],
    ['TWIN_UPDATES_PER_SECOND', '0'],
    ['LEDGER_RECOUNT_SCHEDULE', 'every five minutes'],
    ['WEBHOOK_EVENTS', 'rollouts'],
  ])('refuse a wrong %s (%s)', (name, value) => {
    const problems = problemsOf({ ...least, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
  });

  test('name an identity that is given in part', () => {
    const { IOT_HUB: _, FIRMWARE_STORAGE: __, ...rest } = least;
    const problems = problemsOf({
      ...rest,
      FIRMWARE_STORAGE__blobServiceUri: 'https://a.blob.core.windows.net',
      IOT_HUB__hostName: 'not a host',
    });
    expect(problems[0]).toContain('FIRMWARE_STORAGE__queueServiceUri is missing');
    expect(problems[1]).toContain('FIRMWARE_STORAGE__tableServiceUri is missing');
    expect(problems[2]).toContain('IOT_HUB__hostName is not a host name');
    for (const problem of problems) expect(problem).toContain('Example: ');
  });

  test('take a SAS with or without its question mark, and profiles in any case of the type', () => {
    const settings = readSettings({
      ...least,
      DOWNLOAD_SAS: '?sv=1&sig=abc',
      DEVICE_PROFILES: 'Thermostat=generic',
    });
    expect(settings.releases.downloadSas).toBe('sv=1&sig=abc');
    expect(settings.firmware.profiles.get('thermostat')).toBe('generic');
  });

  test('that contradict each other are named together', () => {
    const served = {
      DOWNLOAD_BASE_URL: 'https://app.example.com/api/downloads/',
      DOWNLOAD_TOKEN_KEY: 'k'.repeat(32),
    };
    expect(problemsOf({ ...least, ...served })).toEqual([]);
    expect(problemsOf({ ...least, RELEASES_CONTAINER: 'firmware' })).toEqual([
      expect.stringContaining('RELEASES_CONTAINER must not be the same as FIRMWARE_CONTAINER'),
    ]);
    expect(problemsOf({ ...least, ...served, DOWNLOAD_SAS: 'sv=1&sig=x' })).toEqual([
      expect.stringContaining('remove one of them'),
    ]);
    expect(problemsOf({ ...least, DOWNLOAD_TOKEN_KEY: served.DOWNLOAD_TOKEN_KEY })).toEqual([
      expect.stringContaining('DOWNLOAD_BASE_URL must be https://<this app>/api/downloads'),
    ]);
    expect(problemsOf({ ...least, DOWNLOAD_BASE_URL: served.DOWNLOAD_BASE_URL })).toEqual([
      expect.stringContaining('DOWNLOAD_TOKEN_KEY is missing'),
    ]);
    expect(problemsOf({ ...least, DOWNLOAD_BASE_URL: 'https://cdn.example.com/releases' })).toEqual([]);
  });

  test('never repeat a secret in their problems', () => {
    const secret = 'c2VjcmV0LWtleQ==';
    const problems = problemsOf({
      ...least,
      IOT_HUB: `HostName=;SharedAccessKey=${secret}`,
      DOWNLOAD_SAS: secret,
    });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain(secret);
  });

  test('are each described once', () => {
    const names = settingDescriptions.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.toSorted()).toEqual([...namesThatAreRead()].toSorted());
  });
});
