import type { Look } from './styled-text.ts';

/** Where text goes. */
export interface Output {
  readonly isTerminal: boolean;
  /** Of the terminal as it is now: width and height in characters. */
  readonly look: () => Look & { readonly rows: number };
  readonly write: (text: string) => void;
}

/** Everything outside that a command may touch: the process in use, something of its own in a test. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths start. */
  readonly directory: string;
  readonly out: Output;
  readonly err: Output;
  readonly now: () => Date;
  /** Asks the person at the terminal; undefined where there is none. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** A variable of the environment; an empty one counts as not set, as a pipeline leaves it where it has no value. */
export function variable({ env }: Pick<World, 'env'>, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
