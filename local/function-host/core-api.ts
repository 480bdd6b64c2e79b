import Module from 'node:module';
import { fileURLToPath } from 'node:url';
import type {
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  HookName,
  LogCategory,
  LogLevel,
  ProgrammingModel,
} from './core-contract.ts';

/** A function as the app registered it. */
export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

/** What the app has registered; filled while it loads, read-only afterwards. */
export interface AppRegistration {
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  hooks(name: HookName): readonly HookCallback[];
  /** Throws where the app never touched `@azure/functions`. */
  programmingModel(): ProgrammingModel;
  /** After this, `app.*` throws as it does in Azure once the start-up is over. */
  close(): void;
}

const MODULE_NAME = '@azure/functions-core';
const HOOK_NAMES: readonly string[] = ['preInvocation', 'postInvocation', 'appStart', 'appTerminate', 'log'];
const GLOBAL_KEY = Symbol.for('local-function-host.core-api');
/** The worker whose contract this follows, and the major version of the host. */
const WORKER_VERSION = '3.16.0';
const HOST_VERSION = '4.0.0';

/**
 * Makes `require('@azure/functions-core')` answer in this process and returns what gets registered
 * through it. Has to run before anything loads `@azure/functions`: the library asks once and remembers
 * a failure for good ("test mode").
 */
export function installCoreApi(
  log: (level: LogLevel, category: LogCategory, message: string) => void,
): AppRegistration {
  const functions = new Map<string, RegisteredFunction>();
  const hooks = new Map<string, HookCallback[]>(HOOK_NAMES.map((name) => [name, []]));
  let model: ProgrammingModel | undefined;
  let closed = false;

  const requireOpen = (): void => {
    if (closed) throw new CoreApiError('A function can only be registered during app startup.');
  };
  const programmingModel = (): ProgrammingModel => {
    if (model === undefined) throw new CoreApiError('The app registered nothing through "@azure/functions".');
    return model;
  };

  publish({
    version: WORKER_VERSION,
    hostVersion: HOST_VERSION,
    Disposable,
    log,
    getProgrammingModel: programmingModel,
    setProgrammingModel(value: ProgrammingModel): void {
      requireOpen();
      model = value;
    },
    registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
      requireOpen();
      if (functions.has(metadata.name)) {
        throw new CoreApiError(`A function with name "${metadata.name}" has already been registered.`);
      }
      functions.set(metadata.name, { metadata, callback });
      return new Disposable(() => functions.delete(metadata.name));
    },
    registerHook(name: string, callback: HookCallback): Disposable {
      const list = hooks.get(name);
      if (list === undefined) throw new UnknownHookError(name);
      list.push(callback);
      return new Disposable(() => list.splice(list.indexOf(callback), 1));
    },
  });

  return {
    functions,
    hooks: (name) => hooks.get(name) ?? [],
    programmingModel,
    close: () => {
      closed = true;
    },
  };
}

/**
 * Resolves the module to a real file rather than patching `require` alone: with a loader such as tsx
 * active, CommonJS packages imported from ESM get a `require` of their own, and all of them meet in
 * `_resolveFilename`.
 */
function publish(api: object): void {
  Reflect.set(globalThis, GLOBAL_KEY, api);
  const file = fileURLToPath(new URL('functions-core.cjs', import.meta.url));
  const loader = Module as unknown as ResolvingModule;
  const resolve = loader._resolveFilename;
  loader._resolveFilename = (request, ...rest) =>
    request === MODULE_NAME ? file : resolve(request, ...rest);
}

interface ResolvingModule {
  _resolveFilename: (this: void, request: string, ...rest: unknown[]) => string;
}

/** The flag is the library's way to tell errors of the platform from errors of the app. */
class CoreApiError extends Error {
  readonly code = 'CORE_API_MISUSE';
  readonly isAzureFunctionsSystemError = true;
}

/** A RangeError, because the library looks for that to detect hosts without log hooks. */
class UnknownHookError extends RangeError {
  readonly code = 'UNKNOWN_HOOK';
  readonly isAzureFunctionsSystemError = true;
  constructor(name: string) {
    super(`Unrecognized hook "${name}"`);
    this.name = 'RangeError';
  }
}

class Disposable {
  #onDispose: (() => unknown) | undefined;

  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }

  constructor(onDispose: () => unknown) {
    this.#onDispose = onDispose;
  }

  dispose(): void {
    this.#onDispose?.();
    this.#onDispose = undefined;
  }
}
