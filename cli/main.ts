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
    process.exitCode = await run(process.argv.slice(2), worldOfThisProcess(interruption.signal));
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

function worldOfThisProcess(interrupted: AbortSignal): World {
  const { env, stdin, stdout, stderr } = process;
  return {
    env,
    directory: process.cwd(),
    out: outputTo(stdout, env),
    err: outputTo(stderr, env),
    now: () => new Date(),
    ask: stdin.isTTY && stderr.isTTY ? (question) => asked(question, interrupted) : undefined,
    interrupted,
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

/** On the error stream: the answer of a command that is piped stays what it is. */
async function asked(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}
