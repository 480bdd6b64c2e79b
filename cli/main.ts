import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { WriteStream } from 'node:tty';
import { exitCodes } from './exit-codes.ts';
import { run } from './run.ts';
import type { Output, World } from './world.ts';

const WIDTH_WITHOUT_TERMINAL = Number.POSITIVE_INFINITY;
const ROWS_WITHOUT_TERMINAL = Number.POSITIVE_INFINITY;

/** Runs the command line of this process; sets its exit code. */
export async function main(): Promise<void> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  endQuietlyWithTheReader();
  try {
    process.exitCode = await run(process.argv.slice(2), worldOfThisProcess(interruption));
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** `ota devices … | head`: a reader that has enough is no failure. */
function endQuietlyWithTheReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(exitCodes.ok);
  });
}

function worldOfThisProcess(interruption: AbortController): World {
  const { env, stdin, stdout, stderr } = process;
  return {
    env,
    directory: process.cwd(),
    out: outputTo(stdout, env),
    err: outputTo(stderr, env),
    now: () => new Date(),
    ask: stdin.isTTY && stderr.isTTY ? (question) => asked(question, interruption) : undefined,
    interrupted: interruption.signal,
  };
}

function outputTo(stream: WriteStream, env: NodeJS.ProcessEnv): Output {
  const isTerminal = stream.isTTY;
  // https://no-color.org: any value but the empty one.
  const colours = isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return {
    isTerminal,
    look: () => ({
      columns: isTerminal ? stream.columns : WIDTH_WITHOUT_TERMINAL,
      rows: isTerminal ? stream.rows : ROWS_WITHOUT_TERMINAL,
      colours,
    }),
    write: (text) => void stream.write(text),
  };
}

/**
 * On the error stream: the answer of a command that is piped stays what it is. While a line is read, Ctrl-C is
 * a key and no signal; Ctrl-D (the end of the input) is no answer.
 */
async function asked(question: string, interruption: AbortController): Promise<string> {
  const { signal } = interruption;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.once('SIGINT', () => interruption.abort());
  try {
    // Which of both comes at the end of the input differs between versions of Node.js.
    const ended = once(lines, 'close').then(() => '');
    return await Promise.race([lines.question(question, { signal }), ended]);
  } catch (error) {
    if (signal.aborted || !isAbort(error)) throw error;
    return '';
  } finally {
    lines.close();
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
