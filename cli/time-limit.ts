import type { OptionValues } from './command.ts';
import { usageError } from './failure.ts';

/** `--timeout` in milliseconds; undefined where none was given. Throws where it is no number of seconds. */
export function timeLimitMs(options: OptionValues): number | undefined {
  const text = options.text('timeout');
  if (text === undefined) return undefined;
  if (!/^\d{1,7}$/.test(text)) throw usageError(`--timeout "${text}" is no whole number of seconds.`);
  return Number(text) * 1000;
}
