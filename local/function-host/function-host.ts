import { randomUUID } from 'node:crypto';
import { adminEndpoints } from './admin-endpoints.ts';
import { loadApp } from './app-loader.ts';
import { type AppRegistration, installCoreApi, type RegisteredFunction } from './core-api.ts';
import type { WorkerCapabilities } from './core-contract.ts';
import { hostIdOf } from './host-id.ts';
import { readHostJson } from './host-json.ts';
import type { FunctionSummary, HostLog } from './host-messages.ts';
import { type HttpFunction, routePath, startHttpTrigger } from './http-trigger.ts';
import { createInvoker, runHooks } from './invoke.ts';
import { type PullTriggers, type RunningTrigger, startPullTriggers } from './pull-triggers.ts';
import type { AppSettings } from './settings-expansion.ts';
import { readTriggerBinding, type TriggerBinding } from './trigger-binding.ts';

export interface FunctionHostStartOptions {
  readonly appDir: string;
  readonly host: string;
  /** 0: the system picks one. */
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

/** The app asks for something that the local host does not have, or registers nothing. */
export class UnsupportedAppError extends Error {
  readonly code = 'APP_UNSUPPORTED';
  constructor(message: string) {
    super(message);
    this.name = 'UnsupportedAppError';
  }
}

/** Azure's default limit for request bodies: 100 MB. */
const DEFAULT_BODY_LIMIT = 104_857_600;

/**
 * Loads the app and starts its triggers in this process. Rejects with what is wrong with the app, its
 * bindings, settings or host.json; what had started by then is stopped again. One host a process:
 * `@azure/functions` keeps what it finds at its first use.
 */
export async function startFunctionHost(options: FunctionHostStartOptions): Promise<StartedFunctionHost> {
  const hostJson = await readHostJson(options.appDir);
  const app = await load(options);
  const { log, settings } = options;
  const { routePrefix } = hostJson.extensions.http;
  const hostId = hostIdOf(options.appDir, settings);
  const invoke = createInvoker({
    app: app.registration,
    log,
    newInvocationId: randomUUID,
    timeoutMs: hostJson.functionTimeout,
    onTimeout: options.onFatal,
  });
  // HTTP first: a port that is taken should not be found out after blobs have been worked on.
  let timers: PullTriggers['timers'] = new Map();
  const http = await startHttpTrigger({
    ...options,
    functions: app.functions.filter((item): item is HttpFunction => item.binding.kind === 'http'),
    routePrefix,
    bodyLimit: Number(settings['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'] ?? DEFAULT_BODY_LIMIT),
    invoke,
    admin: adminEndpoints({
      hostId,
      functionNames: app.functions.map(({ fn }) => fn.metadata.name),
      timer: (name) => timers.get(name),
      uptimeMs: () => performance.now(),
    }),
  });
  const pulling = await orStop(
    startPullTriggers({
      ...options,
      functions: app.functions,
      hostJson,
      hostId,
      includeEmptyEntries: app.capabilities['IncludeEmptyEntriesInMessagePayload'] === 'true',
      invoke,
    }),
    http,
  );
  timers = pulling.timers;
  return {
    url: http.url,
    functions: app.functions.map(({ fn, binding }) => summary(fn, binding, routePrefix)),
    stop: async () => {
      await Promise.all([http.stop(), pulling.stop()]);
      await runHooks(app.registration.hooks('appTerminate'), { hookData: app.hookData });
    },
  };
}

/** The app as loaded, with its triggers resolved. */
interface LoadedApp {
  readonly registration: AppRegistration;
  readonly functions: readonly { readonly fn: RegisteredFunction; readonly binding: TriggerBinding }[];
  readonly capabilities: WorkerCapabilities;
  /** Shared by the hooks of the app as a whole. */
  readonly hookData: Record<string, unknown>;
}

/** Load, appStart hooks, capabilities, then registration is closed: the order of the Node.js worker. */
async function load({ appDir, settings, log }: FunctionHostStartOptions): Promise<LoadedApp> {
  const registration = installCoreApi((level, _category, message) =>
    log({ level, category: 'host', message }),
  );
  await loadApp(appDir);
  if (registration.functions.size === 0)
    throw new UnsupportedAppError(`The app in ${appDir} registers no function.`);
  const hookData = {};
  await runHooks(registration.hooks('appStart'), { hookData, functionAppDirectory: appDir });
  const capabilities = await registration.programmingModel().getCapabilities({});
  registration.close();
  if (capabilities['HttpUri'] !== undefined) {
    throw new UnsupportedAppError('The local function host has no HTTP streaming (enableHttpStream).');
  }
  const functions = [...registration.functions.values()].map((fn) => ({
    fn,
    binding: readTriggerBinding(fn, settings),
  }));
  return { registration, functions, capabilities, hookData };
}

async function orStop<T>(starting: Promise<T>, started: RunningTrigger): Promise<T> {
  try {
    return await starting;
  } catch (error) {
    await started.stop();
    throw error;
  }
}

function summary(fn: RegisteredFunction, binding: TriggerBinding, routePrefix: string): FunctionSummary {
  const { name } = fn.metadata;
  if (binding.kind !== 'http') return { name, trigger: binding.kind };
  return { name, trigger: 'http', route: routePath(routePrefix, binding.route), methods: binding.methods };
}
