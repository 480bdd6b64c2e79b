import { bootReport } from '../../local/devkit/firmware-report.ts';
import { readSettings } from '../../src/shared/settings.ts';
import { settingDescriptions } from '../../src/shared/setting-descriptions.ts';
import { type Deployed, text, type Value } from './deployment.ts';
import type { Finding } from './infra-sources.ts';
import { type Registered, type RegisteredFunction, settingsOf } from './registered-functions.ts';

/** Settings of the Functions host that the app itself does not read. */
const OF_THE_HOST = new Set([
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'AzureWebJobsDisableHomepage',
]);
/** Read by a library that the app uses. */
const OF_LIBRARIES = new Set(['OTEL_EXPORTER_OTLP_HEADERS']);
/** Not set on Azure, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  IOT_HUB_ENDPOINT: 'a hub on Azure is found by its name',
};
const CONNECTIONS: Readonly<Record<string, readonly string[]>> = {
  AzureWebJobsStorage: ['credential', 'clientId', 'blobServiceUri', 'queueServiceUri'],
  FIRMWARE_STORAGE: ['credential', 'clientId', 'blobServiceUri', 'queueServiceUri', 'tableServiceUri'],
  IOT_HUB: ['clientId', 'hostName'],
  TWIN_EVENTS: ['credential', 'clientId', 'fullyQualifiedNamespace'],
};

/** The settings of one choice: the app starts with them, and knows each by its name. */
export function checkSettings(resources: readonly Deployed[]): Finding[] {
  return [...settingMessages(settingsOf(resources))].map((message) => ({ check: 'settings', message }));
}

function* settingMessages(settings: Record<string, string>): Generator<string> {
  const known = new Set([...settingDescriptions.map(({ name }) => name), ...OF_THE_HOST, ...OF_LIBRARIES]);
  for (const name of Object.keys(settings)) {
    const [base = '', part] = name.split('__');
    if (part === undefined ? !known.has(name) : !CONNECTIONS[base]?.includes(part))
      yield `${name} is set, and nothing reads it`;
  }
  for (const [base, parts] of Object.entries(CONNECTIONS)) {
    const missing = parts.filter((part) => !(`${base}__${part}` in settings));
    if (!(base in settings) && missing.length > 0) yield `${base} lacks ${missing.join(', ')}`;
  }
  // The page of the app is at `/`, where the host would otherwise show its own.
  if (settings['AzureWebJobsDisableHomepage'] !== 'true') yield 'AzureWebJobsDisableHomepage is not true';
  if (settings['FIRMWARE_TRIGGER_SOURCE'] !== 'EventGrid')
    yield 'FIRMWARE_TRIGGER_SOURCE is not EventGrid, the only source on Flex Consumption';
  try {
    readSettings(settings);
  } catch (error) {
    yield error instanceof Error ? error.message : String(error);
  }
}

/** Each setting that the code reads can be set: by one choice at least. */
export function checkEverySetting(choices: readonly (readonly Deployed[])[]): Finding[] {
  const set = new Set(
    choices.flatMap((resources) => Object.keys(settingsOf(resources)).map((name) => name.split('__')[0])),
  );
  return settingDescriptions
    .filter(({ name }) => !set.has(name) && !(name in LEFT_OUT))
    .map(({ name }) => ({ check: 'settings', message: `the code reads ${name}, which no choice sets` }));
}

/** Functions, containers, event hub, consumer group and webhook are the same in the code and in infra/. */
export function checkNames(resources: readonly Deployed[], { functions }: Registered): Finding[] {
  const settings = settingsOf(resources);
  return [
    ...containers(resources, settings),
    ...eventHub(resources, functions),
    ...webhook(resources, functions),
    ...connections(functions, settings),
    ...routeMembers(resources),
  ].map((message) => ({ check: 'names', message }));
}

function namesOf(resources: readonly Deployed[], type: string): string[] {
  return resources.filter((resource) => resource.type === type).map(({ body }) => text(body['name'] ?? ''));
}

function* containers(resources: readonly Deployed[], settings: Record<string, string>): Generator<string> {
  const names = namesOf(resources, 'Microsoft.Storage/storageAccounts/blobServices/containers');
  for (const setting of ['FIRMWARE_CONTAINER', 'RELEASES_CONTAINER']) {
    const name = settings[setting] ?? '';
    if (!names.includes(name)) yield `${setting} is ${name}, and no such container is made`;
  }
}

function triggersOf(functions: readonly RegisteredFunction[], type: string) {
  return functions.flatMap(({ name, bindings }) =>
    Object.values(bindings)
      .filter((binding) => binding.type === type)
      .map((binding) => ({ name, binding })),
  );
}

function* eventHub(
  resources: readonly Deployed[],
  functions: readonly RegisteredFunction[],
): Generator<string> {
  const hubs = namesOf(resources, 'Microsoft.EventHub/namespaces/eventhubs');
  const builtIn = namesOf(resources, 'Microsoft.Devices/IotHubs/eventHubEndpoints/ConsumerGroups');
  const groups = new Set([
    ...namesOf(resources, 'Microsoft.EventHub/namespaces/eventhubs/consumergroups'),
    ...builtIn.map((name) => name.split('/').at(-1) ?? ''),
  ]);
  const triggers = triggersOf(functions, 'eventHubTrigger');
  if (triggers.length === 0) yield 'no function reads an event hub';
  for (const { name, binding } of triggers) {
    const { eventHubName, consumerGroup } = binding as { eventHubName?: string; consumerGroup?: string };
    if (builtIn.length === 0 && !hubs.includes(eventHubName ?? ''))
      yield `${name} reads ${eventHubName}, which is not made`;
    if (!groups.has(consumerGroup ?? ''))
      yield `${name} reads as ${consumerGroup}, which is no consumer group here`;
  }
}

function* webhook(
  resources: readonly Deployed[],
  functions: readonly RegisteredFunction[],
): Generator<string> {
  const subscription = resources.find(({ type }) => type.endsWith('/eventSubscriptions'))?.body['properties'];
  const { destination, filter } = (subscription ?? {}) as {
    destination?: { properties: { endpointUrl: string } };
    filter?: { subjectBeginsWith: string; includedEventTypes: Value };
  };
  const url = destination?.properties.endpointUrl ?? '';
  const wanted = /\/runtime\/webhooks\/blobs\?functionName=Host\.Functions\.([\w-]+)&code=/.exec(url)?.[1];
  const trigger = triggersOf(functions, 'blobTrigger').find(({ name }) => name === wanted);
  if (!trigger) {
    yield `events go to the function ${wanted}, which has no blob trigger`;
    return;
  }
  if (trigger.binding['source'] !== 'EventGrid') yield `${wanted} does not wait for events`;
  const container = String(trigger.binding['path']).split('/')[0];
  const begin = `/blobServices/default/containers/${container}/`;
  if (filter?.subjectBeginsWith !== begin)
    yield `events are those of ${filter?.subjectBeginsWith}, not of ${begin}`;
}

function* connections(
  functions: readonly RegisteredFunction[],
  settings: Record<string, string>,
): Generator<string> {
  for (const { name, bindings } of functions) {
    for (const { connection } of Object.values(bindings)) {
      if (typeof connection !== 'string') continue;
      const there = Object.keys(settings).some(
        (setting) => setting === connection || setting.startsWith(`${connection}__`),
      );
      if (!there) yield `${name} connects by ${connection}, which is not set`;
    }
  }
}

/** A condition that asks for what no device reports lets nothing through, without an error. */
function* routeMembers(resources: readonly Deployed[]): Generator<string> {
  const hub = resources.find(({ type, existing }) => type === 'Microsoft.Devices/IotHubs' && !existing);
  const reported = Object.keys(bootReport({ deviceType: 'IoTDevKit', runningVersion: '1.0.0' }));
  for (const [, member = ''] of text(hub?.body['properties'] ?? '').matchAll(/reported\.firmware\.(\w+)/g)) {
    if (!reported.includes(member)) yield `a route asks for firmware.${member}, which no device reports`;
  }
}
