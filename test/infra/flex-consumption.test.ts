import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { infraFiles, readSources, ROOT } from './infra-sources.ts';
import { deployedUnder, parameterChoices } from './parameter-choices.ts';
import { type Registered, registeredWith, settingsOf } from './registered-functions.ts';

/** A binding as function.json takes it, by the published rules of each type; other members are mistakes. */
const common = {
  name: z.string(),
  direction: z.enum(['in', 'out']),
  properties: z.record(z.string(), z.string()),
};
const name = z.string().regex(/^[a-z][\w-]{0,126}$/i);
const trigger = { ...common, direction: z.literal('in') };
const binding = z.discriminatedUnion('type', [
  z.strictObject({
    ...trigger,
    type: z.literal('httpTrigger'),
    methods: z.array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])).min(1),
    authLevel: z.enum(['anonymous', 'function']),
    // The host refuses a route that begins with a slash, and keeps `admin` and `runtime` to itself.
    route: z.string().regex(/^(?!\/|admin(?:\/|$)|runtime(?:\/|$)).*$/),
  }),
  z.strictObject({ name: common.name, type: z.literal('http'), direction: z.literal('out') }),
  z.strictObject({
    ...trigger,
    type: z.literal('blobTrigger'),
    path: z.string().regex(/^[a-z0-9-]+\/\{name\}$/),
    connection: z.string(),
    source: z.literal('EventGrid'),
    sdkBinding: z.boolean().optional(),
  }),
  z.strictObject({
    ...trigger,
    type: z.literal('eventHubTrigger'),
    eventHubName: z.string(),
    connection: z.string(),
    consumerGroup: z.string(),
    cardinality: z.enum(['one', 'many']),
  }),
  z.strictObject({
    ...trigger,
    type: z.literal('queueTrigger'),
    queueName: z.string(),
    connection: z.string(),
  }),
  z.strictObject({
    ...trigger,
    type: z.literal('timerTrigger'),
    schedule: z.string().regex(/^\S+(?: \S+){5}$/),
  }),
]);

describe('the app, loaded with the settings of Flex Consumption', () => {
  const settings: Record<string, string> = {
    ...settingsOf(deployedUnder(infraFiles(readSources()), Object.values(parameterChoices)[0] ?? {})),
    WEBHOOK_URLS: 'https://hooks.example.com/firmware',
    WEBHOOK_SECRETS: `whsec_${Buffer.alloc(24, 1).toString('base64')}`,
  };
  let registered: Registered;
  beforeAll(async () => {
    registered = await registeredWith(settings);
  });

  test('registers bindings that the host takes', () => {
    const wrong = registered.functions.flatMap(({ name: functionName, bindings }) => {
      const parsed = z
        .object({ name, bindings: z.record(z.string(), binding) })
        .safeParse({ name: functionName, bindings });
      return parsed.error ? [`${functionName}: ${parsed.error.message}`] : [];
    });
    expect(registered.functions.length).toBeGreaterThan(30);
    expect(wrong).toEqual([]);
  });

  test('has each kind of trigger, and one for each function', () => {
    const types = registered.functions.map(({ bindings }) =>
      Object.values(bindings)
        .map(({ type }) => type)
        .filter((type) => type.endsWith('Trigger')),
    );
    expect(types.every((list) => list.length === 1)).toBe(true);
    expect(new Set(types.flat())).toEqual(
      new Set(['blobTrigger', 'eventHubTrigger', 'httpTrigger', 'queueTrigger', 'timerTrigger']),
    );
  });

  test('has no route twice: the host would not start', () => {
    const routes = registered.functions.flatMap(({ bindings }) =>
      Object.values(bindings).flatMap((item) => {
        const { route, methods } = item as { route?: string; methods?: readonly string[] };
        return route === undefined ? [] : (methods ?? []).map((method) => `${method} ${route.toLowerCase()}`);
      }),
    );
    expect(routes.length).toBeGreaterThan(30);
    expect(routes.filter((route, index) => routes.indexOf(route) !== index)).toEqual([]);
  });

  test('keeps events until they are recorded: retries without end, as the host can count them', () => {
    const twins = registered.functions.find(({ name: functionName }) => functionName === 'twins-changed');
    expect(twins?.retryOptions).toMatchObject({ retryStrategy: 'exponentialBackoff', maxRetryCount: -1 });
    expect(registered.capabilities).toMatchObject({ IncludeEmptyEntriesInMessagePayload: 'true' });
  });

  test('does not start where a setting is missing, and says which', async () => {
    const others = Object.entries(settings).filter(([setting]) => setting !== 'IOT_HUB__hostName');
    const started = registeredWith(Object.fromEntries(others));
    await expect(started).rejects.toThrow(/IOT_HUB is missing/);
    // Azure's worker hands the failure to its host only where a function is registered by then.
    await expect(started).rejects.toThrow(/registered before it failed: [1-9]/);
  });
});

test('host.json has what the host of Flex Consumption takes', () => {
  const hostJson = z
    .object({
      version: z.literal('2.0'),
      extensionBundle: z.strictObject({
        id: z.literal('Microsoft.Azure.Functions.ExtensionBundle'),
        version: z.literal('[4.*, 5.0.0)'),
      }),
      extensions: z.object({
        blobs: z.strictObject({ maxDegreeOfParallelism: z.int(), poisonBlobThreshold: z.int() }),
        eventHubs: z.object({ maxEventBatchSize: z.int().max(1000) }),
      }),
    })
    .safeParse(JSON.parse(readFileSync(join(ROOT, 'host.json'), 'utf8')));
  expect(hostJson.error?.message).toBeUndefined();
});
