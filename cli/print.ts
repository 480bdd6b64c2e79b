import type { Call } from './command.ts';
import { type Line, rendered } from './styled-text.ts';

/** Prints lines for people, or the value for programs. */
export function print(
  call: Pick<Call, 'world' | 'output'>,
  value: unknown,
  lines: () => readonly Line[],
): void {
  if (call.output === 'json') call.world.out.write(`${JSON.stringify(value, undefined, 2)}\n`);
  else printLines(call.world.out, lines());
}

export function printLines(out: Call['world']['out'], lines: readonly Line[]): void {
  out.write(rendered(lines, out.look()));
}
