import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const OTA = fileURLToPath(new URL('../../cli/ota.mjs', import.meta.url));

export interface Ran {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** Called with all that was printed so far, each time that something is. */
  readonly onOutput?: (out: string, interrupt: () => void) => void;
}

/** Runs the command as a process of its own, with nothing of this one's environment that it heeds. */
export async function ota(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...options.env };
  const child = spawn(process.execPath, [OTA, ...words], {
    env,
    cwd: options.directory ?? process.cwd(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    options.onOutput?.(out, () => child.kill('SIGINT'));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const exit = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { exit, out, err };
}

/** What was printed as JSON. */
export function jsonOf({ out }: Pick<Ran, 'out'>): unknown {
  return JSON.parse(out);
}
