import type { ApiClient } from '../client/api-client.ts';
import type { ExitCode } from './exit-codes.ts';
import type { World } from './world.ts';

/** An option of a command, as it is parsed and as help tells of it. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** What the value is, in capitals; for strings. */
  readonly value?: string;
  readonly text: string;
  readonly multiple?: boolean;
  /** What may be written; help lists them and completion offers them. */
  readonly choices?: readonly string[];
}
export type Options = Readonly<Record<string, Option>>;

/** What an argument is: `ROLLOUT`, `[ROLLOUT]` where it may be left out. */
export type Argument = { readonly name: string; readonly required: boolean };

/** A command line after parsing. */
export interface Call {
  readonly world: World;
  readonly args: readonly string[];
  readonly options: OptionValues;
  readonly output: 'table' | 'json';
  /** Where the API is and who asks; looks for it at the first use. */
  readonly client: () => Promise<ApiClient>;
}

/** The options that were given. */
export interface OptionValues {
  readonly text: (name: string) => string | undefined;
  readonly flag: (name: string) => boolean;
  readonly list: (name: string) => readonly string[];
}

export type Run = (call: Call) => Promise<ExitCode>;

/** A command: all that help, completion, documentation and the parser know of it. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly Argument[];
  readonly options: Options;
  /** What else a person should know, a paragraph each. */
  readonly details?: readonly string[];
  readonly examples: readonly string[];
  /** Loads what does it: a command loads no other's parts. */
  readonly load: () => Promise<Run>;
}
