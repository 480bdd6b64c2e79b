/** One setting: its name, whether it must be there, what it is for and what a right value looks like. */
export interface SettingDescription {
  readonly name: string;
  readonly required: boolean;
  readonly default?: string;
  readonly example: string;
  readonly meaning: string;
}

/** Every setting of the app, in the order in which they are documented. */
export const settingDescriptions: readonly SettingDescription[] = [
  {
    name: 'AzureWebJobsStorage',
    required: true,
    example: 'DefaultEndpointsProtocol=https;AccountName=...;AccountKey=...;EndpointSuffix=core.windows.net',
    meaning:
      'Storage account of the Functions host itself, which keeps its checkpoints of the event hub there: a connection string, or `AzureWebJobsStorage__accountName` or `__blobServiceUri` (with `__credential` and `__clientId`) for an identity',
  },
  {
    name: 'FIRMWARE_STORAGE',
    required: true,
    example: 'DefaultEndpointsProtocol=https;AccountName=...;AccountKey=...;EndpointSuffix=core.windows.net',
    meaning:
      'Storage account with the containers and tables: a connection string, or `FIRMWARE_STORAGE__blobServiceUri`, `__queueServiceUri` and `__tableServiceUri` (with `__credential=managedidentity` and `__clientId`) for an identity',
  },
  {
    name: 'IOT_HUB',
    required: true,
    example: 'HostName=my-hub.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey=...',
    meaning:
      'IoT Hub: a service connection string, or `IOT_HUB__hostName` (with `IOT_HUB__clientId`) for an identity',
  },
  {
    name: 'IOT_HUB_ENDPOINT',
    required: false,
    example: 'https://localhost:10443',
    meaning: "Where the hub's REST API listens, if not on port 443 of its host name (a local hub, a tunnel)",
  },
  {
    name: 'HUB_CONFIGURATION_QUOTA',
    required: false,
    default: '100',
    example: '10',
    meaning:
      'How many configurations the hub holds at most (10 on the free tier); from 80 % of it admission and dry runs warn',
  },
  {
    name: 'HUB_DAILY_MESSAGES',
    required: false,
    default: '400000',
    example: '6000000',
    meaning:
      'Messages a day that the tier and the units of the hub allow (400,000 on one S1 unit): a dry run compares with it what the rollout costs',
  },
  {
    name: 'TWIN_EVENTS',
    required: true,
    example:
      'Endpoint=sb://my-namespace.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=...',
    meaning:
      'Event Hubs namespace that receives twin-change notifications: a connection string, or `TWIN_EVENTS__fullyQualifiedNamespace` (with `__credential` and `__clientId`) for an identity',
  },
  {
    name: 'TWIN_EVENTS_HUB',
    required: true,
    example: 'twin-changes',
    meaning: 'Name of the event hub',
  },
  {
    name: 'TWIN_EVENTS_CONSUMER_GROUP',
    required: false,
    default: 'firmware-ota',
    example: 'firmware-ota',
    meaning: 'Consumer group of its own for this app',
  },
  {
    name: 'TWIN_EVENTS_PARTITIONS',
    required: false,
    default: '4',
    example: '4',
    meaning:
      "The event hub's number of partitions (1 to 32): how many table partitions the device updates of a new rollout are spread over. A wrong number costs speed, never correctness",
  },
  {
    name: 'FIRMWARE_CONTAINER',
    required: false,
    default: 'firmware',
    example: 'firmware',
    meaning: 'Private container that images are dropped into',
  },
  {
    name: 'FIRMWARE_TRIGGER_SOURCE',
    required: false,
    default: 'polling',
    example: 'EventGrid',
    meaning:
      'What tells of an upload: `polling` of the container or `EventGrid` (the only one on Flex Consumption)',
  },
  {
    name: 'FIRMWARE_SWEEP_SCHEDULE',
    required: false,
    default: '0 */5 * * * *',
    example: '0 */5 * * * *',
    meaning: 'When to look for uploads that the trigger missed (six-field NCRONTAB, UTC)',
  },
  {
    name: 'DEFAULT_DEVICE_TYPE',
    required: false,
    default: 'IoTDevKit',
    example: 'IoTDevKit',
    meaning:
      'Device type of an image without the metadata `devicetype`; what devices report as `firmware.type`',
  },
  {
    name: 'DEVICE_PROFILES',
    required: false,
    default: '',
    example: 'Thermostat=generic,IoTDevKit=iotdevkit',
    meaning:
      'Image checks for a device type: `iotdevkit` (the default for every type) or `generic` (size and format only)',
  },
  {
    name: 'RELEASES_CONTAINER',
    required: false,
    default: 'releases',
    example: 'releases',
    meaning: 'Container that devices download from',
  },
  {
    name: 'DOWNLOAD_BASE_URL',
    required: false,
    example: 'https://downloads.example.com/releases',
    meaning:
      "https URL that stands for the releases container in download links; default: the container's own URL",
  },
  {
    name: 'DOWNLOAD_SAS',
    required: false,
    example: 'sv=2022-11-02&si=devices&sr=c&sig=...',
    meaning: 'SAS query appended to download links, where the releases container is not public (a secret)',
  },
  {
    name: 'DOWNLOAD_TOKEN_KEY',
    required: false,
    example: 'f2a1...: 64 random hexadecimal digits',
    meaning:
      'The app itself serves released images, for accounts that devices cannot reach: what the tokens in download links are made with, at least 32 characters, never to be changed (a secret). `DOWNLOAD_BASE_URL` is `https://<app>/api/downloads` then',
  },
  {
    name: 'DEFAULT_PLAN',
    required: false,
    default: 'all-at-once',
    example: 'careful',
    meaning:
      'Plan of an image without the metadata `plan`: `all-at-once`, `careful`, or `plans/<name>.json` in the firmware container',
  },
  {
    name: 'ROLLOUT_JUDGE_SCHEDULE',
    required: false,
    default: '0 * * * * *',
    example: '0 * * * * *',
    meaning: 'When gates are judged, stages opened and devices tagged (six-field NCRONTAB, UTC)',
  },
  {
    name: 'TWIN_UPDATES_PER_SECOND',
    required: false,
    default: '20',
    example: '20',
    meaning:
      "Budget for writing bucket tags, of all instances together; the hub's limit is shared with everybody (50 a second on S1)",
  },
  {
    name: 'LEDGER_RECOUNT_SCHEDULE',
    required: false,
    default: '30 */5 * * * *',
    example: '30 */5 * * * *',
    meaning:
      'When the counts of the ledger are compared with its rows, some shards at a time (six-field NCRONTAB, UTC)',
  },
  {
    name: 'WEBHOOK_URLS',
    required: false,
    example: 'https://hooks.example.com/firmware',
    meaning:
      'Where events are sent ([docs/webhooks.md](docs/webhooks.md)): addresses with commas between them, https unless on this machine (may hold a secret)',
  },
  {
    name: 'WEBHOOK_SECRETS',
    required: false,
    example: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
    meaning:
      'What events are signed with, required beside `WEBHOOK_URLS`: `whsec_` and the base64 of 24 to 64 random bytes; several with commas between them while one replaces another (a secret)',
  },
  {
    name: 'WEBHOOK_EVENTS',
    required: false,
    default: 'rollout,upload',
    example: 'rollout,upload,device',
    meaning:
      'Which events are sent: the kinds `rollout`, `upload` and `device`, or single ones such as `rollout.gate-failed`, with commas between them. `device` sends one for each device that fails or reverts',
  },
  {
    name: 'LOG_DEVICE_IDS',
    required: false,
    default: 'hashed',
    example: 'none',
    meaning:
      'How devices appear in logs: their id in `full`, `hashed` (a pseudonym of 16 hex digits) or `none` ([docs/telemetry.md](docs/telemetry.md)); the API and the tables are not touched by it',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    required: false,
    example: 'https://collector.example.com:4318',
    meaning:
      'Where metrics are sent by OTLP/HTTP ([docs/telemetry.md](docs/telemetry.md)); what a collector needs besides, such as `OTEL_EXPORTER_OTLP_HEADERS`, is read by the exporter itself',
  },
  {
    name: 'API_AUTH',
    required: false,
    default: 'keys',
    example: 'entra',
    meaning:
      'Who may use the HTTP API: holders of function `keys`, or `entra` principals with the app roles `Ota.Read` and `Ota.Write` (only where App Service authentication is on: without it the principal can be forged)',
  },
];

/** Throws where the name is not described: every setting that is read has to be. */
export function describeSetting(name: string): SettingDescription {
  const found = settingDescriptions.find((setting) => setting.name === name);
  if (!found) throw new Error(`The setting ${name} is not described`);
  return found;
}
