import type {
  CoreInvocationContext,
  HookCallback,
  LogCategory,
  LogLevel,
  RpcInvocationResponse,
  RpcParameterBinding,
  RpcRetryContext,
  RpcTypedData,
} from './core-contract.ts';
import type { AppRegistration, RegisteredFunction } from './core-api.ts';
import type { HostLog } from './host-messages.ts';

/** What a trigger hands to one run of a function. */
export interface InvocationInput {
  readonly inputData: RpcParameterBinding[];
  readonly triggerMetadata?: Record<string, RpcTypedData>;
  readonly retryContext?: RpcRetryContext;
}

/** Runs the function once, hooks included. Rejects with what the function (or a hook) threw. */
export type Invoke = (fn: RegisteredFunction, input: InvocationInput) => Promise<RpcInvocationResponse>;

export interface InvokerOptions {
  readonly app: Pick<AppRegistration, 'hooks' | 'programmingModel'>;
  readonly log: HostLog;
  readonly newInvocationId: () => string;
  /** host.json functionTimeout; absent: none. */
  readonly timeoutMs?: number | undefined;
  /**
   * A function overran its timeout. JavaScript cannot be stopped from outside, so Azure replaces the
   * whole worker process; whoever runs this process has to end it.
   */
  readonly onTimeout: (error: FunctionTimeoutError) => void;
}

/** A function ran longer than host.json `functionTimeout` allows. */
export class FunctionTimeoutError extends Error {
  readonly code = 'FUNCTION_TIMEOUT';
  constructor(functionName: string, timeoutMs: number) {
    super(`Timeout of ${timeoutMs / 1000} s exceeded by function "${functionName}".`);
    this.name = 'FunctionTimeoutError';
  }
}

/** `hookData` is one object for all app-level hooks and all hooks of one invocation, as in Azure. */
export function createInvoker(options: InvokerOptions): Invoke {
  return async (fn, input) => {
    const invocationId = options.newInvocationId();
    const functionName = fn.metadata.name;
    const log = (level: LogLevel, message: string): void =>
      options.log({ level, category: 'host', functionName, invocationId, message });
    const startedAt = performance.now();
    log('debug', 'Executing');
    try {
      const response = await withTimeout(runModel(options, fn, input, invocationId), functionName, options);
      log('information', `Executed (succeeded, ${Math.round(performance.now() - startedAt)} ms)`);
      return response;
    } catch (error) {
      log('error', `Executed (failed, ${Math.round(performance.now() - startedAt)} ms): ${describe(error)}`);
      throw error;
    }
  };
}

/** The error with its stack, for the log. */
export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
}

/** The order of the Node.js worker: arguments, hooks before, function, hooks after, response. */
async function runModel(
  options: InvokerOptions,
  fn: RegisteredFunction,
  input: InvocationInput,
  invocationId: string,
): Promise<RpcInvocationResponse> {
  const { app } = options;
  const hookData: Record<string, unknown> = {};
  let invocationContext: unknown;
  const core: CoreInvocationContext = {
    invocationId,
    request: { invocationId, functionId: fn.metadata.name, ...input },
    metadata: fn.metadata,
    log: (level, category, message) =>
      writeAppLog(options, { level, category, message, invocationContext, hookData }, fn, invocationId),
  };
  const model = app.programmingModel().getInvocationModel(core);
  const { context, inputs } = await model.getArguments();
  invocationContext = context;

  const before = { hookData, invocationContext: context, inputs, functionCallback: fn.callback };
  await inState(core, 'preInvocationHooks', () => runHooks(app.hooks('preInvocation'), before));

  const after: AfterInvocation = {
    hookData,
    invocationContext: context,
    inputs: before.inputs,
    result: null,
    error: null,
  };
  try {
    after.result = await inState(core, 'invocation', async () =>
      model.invokeFunction(context, before.inputs, before.functionCallback),
    );
  } catch (error) {
    // `throw undefined` is a failure too, and the hooks look for an error that is set.
    after.error = error ?? new Error('The function threw nothing at all.');
  }
  await inState(core, 'postInvocationHooks', () => runHooks(app.hooks('postInvocation'), after));
  if (after.error !== null && after.error !== undefined) throw after.error;
  return model.getResponse(context, after.result);
}

type AfterInvocation = Record<string, unknown> & { result: unknown; error: unknown };

async function inState<T>(
  core: CoreInvocationContext,
  state: CoreInvocationContext['state'],
  work: () => Promise<T>,
): Promise<T> {
  core.state = state;
  try {
    return await work();
  } finally {
    core.state = undefined;
  }
}

/** Hooks run in the order of registration; one that throws stops the rest. */
export async function runHooks(
  hooks: readonly HookCallback[],
  context: Record<string, unknown>,
): Promise<void> {
  for (const hook of hooks) await hook(context);
}

/** Log hooks may change level and text of what the app writes; they run synchronously. */
function writeAppLog(
  options: InvokerOptions,
  context: Record<string, unknown> & { level: LogLevel; category: LogCategory; message: string },
  fn: RegisteredFunction,
  invocationId: string,
): void {
  for (const hook of options.app.hooks('log')) void hook(context);
  options.log({
    level: context.level,
    category: context.category === 'system' ? 'host' : 'function',
    functionName: fn.metadata.name,
    invocationId,
    message: context.message,
  });
}

async function withTimeout<T>(work: Promise<T>, functionName: string, options: InvokerOptions): Promise<T> {
  const { timeoutMs } = options;
  if (timeoutMs === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new FunctionTimeoutError(functionName, timeoutMs);
      options.onTimeout(error);
      reject(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
