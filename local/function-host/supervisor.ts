import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FunctionSummary, HostLogLine, HostMessage } from './host-messages.ts';

export interface FunctionHostOptions {
  /** Directory of the built app: package.json with `main`, host.json. */
  readonly appDir: string;
  /** App settings; they win over this process's environment, which the host inherits. */
  readonly env: Record<string, string>;
  readonly host?: string;
  /** 0: a free port is picked once and kept over restarts. */
  readonly port: number;
  readonly log: (line: HostLogLine) => void;
  /** Asked for by functions whose auth level is not anonymous; absent: no key is needed. */
  readonly key?: string;
  readonly blobPollMs?: number;
  /** Wait before a failed blob's second attempt; it doubles from there. */
  readonly blobRetryMs?: number;
}

export interface RunningFunctionHost {
  readonly url: string;
  functions(): readonly FunctionSummary[];
  pid(): number | undefined;
  /** SIGKILL now; the supervisor starts it again. */
  kill(): void;
  /** Resolves when the host, if need be the restarted one, is ready; rejects where it is stopped before. */
  ready(): Promise<void>;
  restarts(): number;
  stop(): Promise<void>;
}

/** The app could not be started at all; the message is the app's or the host's own. */
export class FunctionHostStartError extends Error {
  readonly code = 'FUNCTION_HOST_START_FAILED';
  constructor(message: string) {
    super(message);
    this.name = 'FunctionHostStartError';
  }
}

/** Somebody waited for a host that has been stopped. */
export class FunctionHostStoppedError extends Error {
  readonly code = 'FUNCTION_HOST_STOPPED';
  constructor() {
    super('The function host has been stopped.');
    this.name = 'FunctionHostStoppedError';
  }
}

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;
/** A host that lived this long begins the back-off anew. */
const STABLE_AFTER_MS = 10_000;
/** The host itself takes at most 3 s for a graceful stop. */
const KILL_AFTER_MS = 4_500;

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/**
 * Runs the function host in a process of its own and starts it again whenever it ends unasked, after a
 * wait that grows with each failure in a row. Resolves when it is ready. Rejects with a
 * FunctionHostStartError where the very first start fails: nothing would be better the second time.
 */
export async function superviseFunctionHost(options: FunctionHostOptions): Promise<RunningFunctionHost> {
  const supervisor = new Supervisor(options);
  const url = await supervisor.start();
  return {
    url,
    functions: () => supervisor.functions,
    pid: () => supervisor.pid,
    kill: () => supervisor.kill(),
    ready: () => supervisor.ready(),
    restarts: () => supervisor.restarts,
    stop: () => supervisor.stop(),
  };
}

/** How one host process came to its first sign of life, or to its end. */
type Start =
  | { readonly ready: true; readonly url: string }
  | { readonly ready: false; readonly reason: string };

class Supervisor {
  functions: readonly FunctionSummary[] = [];
  restarts = 0;
  readonly #options: FunctionHostOptions;
  readonly #stopping = new AbortController();
  #port: number;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #isReady = false;
  #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  #watching: Promise<void> = Promise.resolve();

  constructor(options: FunctionHostOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<string> {
    const start = await this.#launch();
    if (!start.ready) throw new FunctionHostStartError(start.reason);
    this.#port = Number(new URL(start.url).port);
    this.#watching = this.#restartUntilStopped();
    return start.url;
  }

  kill(): void {
    // Not ready from this moment, so that `ready()` right after it waits for the next process.
    this.#isReady = false;
    this.#child?.kill('SIGKILL');
  }

  async ready(): Promise<void> {
    if (this.#isReady) return;
    if (this.#stopping.signal.aborted) throw new FunctionHostStoppedError();
    await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#child?.kill('SIGTERM');
    const forced = setTimeout(() => this.#child?.kill('SIGKILL'), KILL_AFTER_MS);
    await this.#watching;
    clearTimeout(forced);
    for (const { reject } of this.#waiting.splice(0)) reject(new FunctionHostStoppedError());
  }

  async #restartUntilStopped(): Promise<void> {
    let failures = 0;
    for (;;) {
      const livedSince = performance.now();
      await this.#exited;
      if (this.#stopping.signal.aborted) return;
      failures = performance.now() - livedSince > STABLE_AFTER_MS ? 1 : failures + 1;
      const wait = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS);
      this.#log('warning', `The function host ended; it starts again in ${wait} ms.`);
      await sleep(wait, undefined, { signal: this.#stopping.signal }).catch(() => {});
      if (this.#stopping.signal.aborted) return;
      this.restarts++;
      await this.#launch();
    }
  }

  /** Starts one process; resolves at its ready message or at its end, whichever comes first. */
  async #launch(): Promise<Start> {
    const child = spawn(
      process.execPath,
      ['--import', TSX, MAIN, ...hostArguments(this.#options, this.#port)],
      {
        env: { ...process.env, ...this.#options.env },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    this.#child = child;
    this.#forwardConsole(child.stdout, 'information');
    this.#forwardConsole(child.stderr, 'error');
    let reason = '';
    return new Promise<Start>((resolve) => {
      child.on('message', (message: HostMessage) => {
        if (message.type === 'ready') {
          this.#becomeReady(message);
          resolve({ ready: true, url: message.url });
        } else if (message.type === 'fatal') {
          reason = message.message;
          this.#log('critical', message.message);
        } else {
          this.#options.log(message.line);
        }
      });
      this.#exited = new Promise<void>((exited) => {
        // 'close' rather than 'exit': by then all output and messages have arrived.
        child.once('close', (code, signal) => {
          this.#isReady = false;
          const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
          resolve({ ready: false, reason: reason || `The function host ended ${how} before it was ready.` });
          exited();
        });
      });
      child.once('error', (error) => {
        reason = `The function host could not be started: ${error.message}`;
      });
    });
  }

  #becomeReady(message: Extract<HostMessage, { type: 'ready' }>): void {
    this.functions = message.functions;
    this.#isReady = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #forwardConsole(stream: Readable | null, level: 'information' | 'error'): void {
    if (stream === null) return;
    createInterface({ input: stream }).on('line', (message) => {
      this.#options.log({ level, category: 'console', message });
    });
  }

  #log(level: 'warning' | 'critical', message: string): void {
    this.#options.log({ level, category: 'host', message });
  }
}

function hostArguments(options: FunctionHostOptions, port: number): string[] {
  const given: Record<string, string | number | undefined> = {
    app: options.appDir,
    host: options.host ?? '127.0.0.1',
    port,
    key: options.key,
    'blob-poll-ms': options.blobPollMs,
    'blob-retry-ms': options.blobRetryMs,
  };
  return Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  );
}
