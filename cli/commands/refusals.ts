import type { Refusal } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import type { Run } from '../command.ts';
import { timeText } from '../durations.ts';
import { exitCodes } from '../exit-codes.ts';
import { print } from '../print.ts';
import { type Line, styled } from '../styled-text.ts';
import { moreLines, takeEntries, wanted } from '../take-entries.ts';

/** `ota refusals` */
export const run: Run = async (call) => {
  const entries = await takeEntries(await call.client(), reads.refusals, wanted(call.options));
  print(call, entries, () => [...refusalLines(entries.value), ...moreLines(entries)]);
  return exitCodes.ok;
};

/** Two lines each: what to do about it is too long for a table. */
function refusalLines(refusals: readonly Refusal[]): Line[] {
  if (refusals.length === 0) return [['No upload was refused.']];
  return refusals.flatMap(({ path, size, code, message, uploadedAt }) => [
    [styled('bold', path), `  ${timeText(uploadedAt)}  ${size} bytes  `, styled('red', code)],
    [`  ${message}`],
  ]);
}
