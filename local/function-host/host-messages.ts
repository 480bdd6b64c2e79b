import type { LogLevel } from './core-contract.ts';

/** One line of the host's log. `category` is `host`, `function` (written by the app), or `console`. */
export interface HostLogLine {
  readonly level: LogLevel;
  readonly category: 'host' | 'function' | 'console';
  readonly message: string;
  readonly functionName?: string;
  readonly invocationId?: string;
}

export type HostLog = (line: HostLogLine) => void;

/** One function of the app, for people: what runs it and, for HTTP, where. */
export interface FunctionSummary {
  readonly name: string;
  readonly trigger: 'http' | 'blob' | 'eventHub' | 'queue' | 'timer';
  /** HTTP only: path with the route prefix, e.g. `/api/rollouts/{id}`. */
  readonly route?: string;
  readonly methods?: readonly string[];
}

/** What the host process tells its supervisor over IPC. */
export type HostMessage =
  | { readonly type: 'ready'; readonly url: string; readonly functions: readonly FunctionSummary[] }
  | { readonly type: 'log'; readonly line: HostLogLine }
  /** The last message before the process ends by itself. */
  | { readonly type: 'fatal'; readonly message: string };

/** One line for a terminal: `[warning] admit-firmware 3f2a…: message`. */
export function formatLogLine(line: HostLogLine): string {
  const source = [line.functionName, line.invocationId].filter((part) => part !== undefined).join(' ');
  return `[${line.level}] ${source === '' ? line.category : source}: ${line.message}`;
}
