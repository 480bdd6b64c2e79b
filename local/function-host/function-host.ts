import { randomUUID } from 'node:crypto';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { loadApp } from './app-loader.ts';
import { adminEndpoints } from './admin-endpoints.ts';
import { startBlobTrigger } from './blob-trigger.ts';
import { concurrencyLimit } from './concurrency-limit.ts';
import { type AppRegistration, installCoreApi, type RegisteredFunction } from './core-api.ts';
import type { WorkerCapabilities } from './core-contract.ts';
import { startEventHubTrigger } from './event-hub-trigger.ts';
import { hostIdOf } from './host-id.ts';
import { type HostJson, readHostJson } from './host-json.ts';
import type { FunctionSummary, HostLog } from './host-messages.ts';
import { type HttpFunction, routePath, startHttpTrigger } from './http-trigger.ts';
import { createInvoker, type Invoke, runHooks } from './invoke.ts';
import { type AppSettings, connectionString } from './settings-expansion.ts';
import { timerStatusStore } from './timer-status.ts';
import { startTimerTrigger, type TimerTrigger } from './timer-trigger.ts';
import { readTriggerBinding, type TriggerBinding } from './trigger-binding.ts';

export interface FunctionHostStartOptions {
  readonly appDir: string;
  readonly host: string;
  readonly port: number;
  readonly key: string | undefined;
  readonly blobPollMs: number;
  readonly blobRetryMs: number;
  readonly settings: AppSettings;
  readonly log: HostLog;
  /** The process has to end: a function overran its timeout. */
  readonly onFatal: (error: Error) => void;
}

export interface StartedFunctionHost {
  readonly url: string;
  readonly functions: readonly FunctionSummary[];
  /** Takes no new work, lets running invocations end, then runs the appTerminate hooks. */
  stop(): Promise<void>;
}

/** The app as loaded, with its triggers resolved. */
interface LoadedApp {
  readonly registration: AppRegistration;
  readonly functions: readonly { readonly fn: RegisteredFunction; readonly binding: TriggerBinding }[];
  readonly capabilities: WorkerCapabilities;
  readonly appHookData: Record<string, unknown>;
}

interface Running {
  stop(): Promise<void>;
}

/** The app asks for something that the local host does not have, or registers nothing. */
export class UnsupportedAppError extends Error {
  readonly code = 'APP_UNSUPPORTED';
}

/**
 * Loads the app and starts its triggers in this process. Everything that can be wrong with app, host.json
 * or settings is found before the first trigger starts. One host a process: `@azure/functions` keeps
 * what it finds at its first use.
 */
export async function startFunctionHost(options: FunctionHostStartOptions): Promise<StartedFunctionHost> {
  const hostJson = await readHostJson(options.appDir);
  const app = await load(options);
  const invoke = createInvoker({
    app: app.registration,
    log: options.log,
    newInvocationId: randomUUID,
    timeoutMs: hostJson.functionTimeout,
    onTimeout: options.onFatal,
  });
  const timers = new Map<string, TimerTrigger>();
  const running: Running[] = [];
  try {
    const http = await startHttp(options, hostJson, app, invoke, timers);
    running.push(http);
    running.push(...(await startPullTriggers(options, hostJson, app, invoke, timers)));
    return {
      url: http.url,
      functions: app.functions.map(({ fn, binding }) => summary(fn, binding, hostJson)),
      stop: async () => {
        await Promise.all(running.map((trigger) => trigger.stop()));
        await runHooks(app.registration.hooks('appTerminate'), { hookData: app.appHookData });
      },
    };
  } catch (error) {
    await Promise.allSettled(running.map((trigger) => trigger.stop()));
    throw error;
  }
}

/** Load, appStart hooks, capabilities, then registration is closed: the order of the Node.js worker. */
async function load(options: FunctionHostStartOptions): Promise<LoadedApp> {
  const registration = installCoreApi((level, _category, message) =>
    options.log({ level, category: 'host', message }),
  );
  await loadApp(options.appDir);
  if (registration.functions.size === 0) {
    throw new UnsupportedAppError(`The app in ${options.appDir} registers no function.`);
  }
  const appHookData = {};
  const start = { hookData: appHookData, functionAppDirectory: options.appDir };
  await runHooks(registration.hooks('appStart'), start);
  const capabilities = await registration.programmingModel().getCapabilities({});
  registration.close();
  if (capabilities['HttpUri'] !== undefined) {
    throw new UnsupportedAppError('The local function host has no HTTP streaming (enableHttpStream).');
  }
  const functions = [...registration.functions.values()].map((fn) => ({
    fn,
    binding: readTriggerBinding(fn, options.settings),
  }));
  return { registration, functions, capabilities, appHookData };
}

async function startHttp(
  options: FunctionHostStartOptions,
  hostJson: HostJson,
  app: LoadedApp,
  invoke: Invoke,
  timers: ReadonlyMap<string, TimerTrigger>,
): Promise<Running & { url: string }> {
  const functions = app.functions.filter((item): item is HttpFunction => item.binding.kind === 'http');
  return startHttpTrigger({
    functions,
    host: options.host,
    port: options.port,
    routePrefix: hostJson.extensions.http.routePrefix,
    key: options.key,
    bodyLimit: Number(options.settings['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'] ?? 104_857_600),
    invoke,
    admin: adminEndpoints({
      hostId: hostIdOf(options.appDir, options.settings),
      functionNames: app.functions.map(({ fn }) => fn.metadata.name),
      timers,
      startedAt: new Date(),
      now: () => new Date(),
    }),
  });
}

/** Blob, Event Hub and timer; `timers` is filled for the admin endpoint. */
async function startPullTriggers(
  options: FunctionHostStartOptions,
  hostJson: HostJson,
  app: LoadedApp,
  invoke: Invoke,
  timers: Map<string, TimerTrigger>,
): Promise<Running[]> {
  const { log, settings } = options;
  const { blobs, eventHubs } = hostJson.extensions;
  const hostId = hostIdOf(options.appDir, settings);
  const storage = lazyContainers(settings);
  const limit = concurrencyLimit(blobs.maxDegreeOfParallelism);
  const running: Running[] = [];
  for (const { fn, binding } of app.functions) {
    switch (binding.kind) {
      case 'http':
        break;
      case 'blob':
        if (binding.source === 'EventGrid') {
          log({
            level: 'warning',
            category: 'host',
            functionName: fn.metadata.name,
            message: 'There is no Event Grid locally: the container is scanned instead.',
          });
        }
        running.push(
          await startBlobTrigger({
            fn,
            binding,
            hostId,
            hosts: await storage('azure-webjobs-hosts'),
            invoke,
            log,
            pollMs: options.blobPollMs,
            retryMs: options.blobRetryMs,
            attempts: blobs.poisonBlobThreshold,
            limit,
          }),
        );
        break;
      case 'eventHub':
        running.push(
          await startEventHubTrigger({
            fn,
            binding,
            checkpoints: await storage('azure-webjobs-eventhub'),
            settings: eventHubs,
            includeEmptyEntries: app.capabilities['IncludeEmptyEntriesInMessagePayload'] === 'true',
            invoke,
            log,
          }),
        );
        break;
      case 'timer': {
        const statusStore = timerStatusStore(await storage('azure-webjobs-hosts'), hostId, fn.metadata.name);
        const timer = await startTimerTrigger({
          fn,
          binding,
          statusStore,
          invoke,
          log,
          now: () => new Date(),
        });
        timers.set(fn.metadata.name, timer);
        running.push(timer);
        break;
      }
    }
  }
  return running;
}

/** Containers of AzureWebJobsStorage, made on first use: an app with HTTP only needs no storage. */
function lazyContainers(settings: AppSettings): (name: string) => Promise<ContainerClient> {
  return async (name) => {
    const service = BlobServiceClient.fromConnectionString(connectionString('AzureWebJobsStorage', settings));
    const container = service.getContainerClient(name);
    await container.createIfNotExists();
    return container;
  };
}

function summary(fn: RegisteredFunction, binding: TriggerBinding, hostJson: HostJson): FunctionSummary {
  const { name } = fn.metadata;
  if (binding.kind !== 'http') return { name, trigger: binding.kind };
  const route = routePath(hostJson.extensions.http.routePrefix, binding.route);
  return { name, trigger: 'http', route, methods: binding.methods };
}
