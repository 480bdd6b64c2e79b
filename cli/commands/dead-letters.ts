import type { ApiClient } from '../../client/api-client.ts';
import { ApiError } from '../../client/api-error.ts';
import type { DeadLetter } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import type { Run } from '../command.ts';
import { timeText } from '../durations.ts';
import { exitCodes } from '../exit-codes.ts';
import { print } from '../print.ts';
import { type Line, styled } from '../styled-text.ts';
import { tableLines } from '../table.ts';
import { moreLines, takeEntries, wanted } from '../take-entries.ts';

/** `ota dead-letters [--replay]` */
export const run: Run = async (call) => {
  const client = await call.client();
  const entries = await takeEntries(client, reads.deadLetters, wanted(call.options));
  if (!call.options.flag('replay')) {
    print(call, entries, () => [...letterTable(entries.value), ...moreLines(entries)]);
    return exitCodes.ok;
  }
  const value: Replayed[] = [];
  for (const letter of entries.value) value.push(await replayed(client, letter));
  const result = { value, more: entries.more };
  print(call, result, () => [...replayLines(value), ...moreLines(result)]);
  return value.every(({ outcome }) => outcome !== 'kept') ? exitCodes.ok : exitCodes.no;
};

/** What became of a dead letter: `kept` where it is not understood even now. */
interface Replayed {
  readonly id: string;
  readonly outcome: 'recorded' | 'skipped' | 'kept';
  readonly detail: string;
}

async function replayed(client: ApiClient, { id, replayable }: DeadLetter): Promise<Replayed> {
  if (!replayable) return { id, outcome: 'kept', detail: 'could be kept only in part' };
  try {
    const { outcome, entries, skipped } = await client.replay(id);
    return { id, outcome, detail: skipped ?? `entered ${entries} histories` };
  } catch (error) {
    // Not understood now either, or replayed by somebody else meanwhile: the others go on.
    if (error instanceof ApiError && (error.status === 404 || error.status === 409)) {
      return { id, outcome: 'kept', detail: error.detail };
    }
    throw error;
  }
}

function letterTable(letters: readonly DeadLetter[]): Line[] {
  if (letters.length === 0) return [['There is no dead letter: every event was understood.']];
  return tableLines<DeadLetter>(
    [
      { heading: 'when (utc)', cell: ({ enqueuedAt }) => timeText(enqueuedAt) },
      { heading: 'device', cell: ({ deviceId }) => deviceId },
      { heading: 'code', cell: ({ code }) => styled('red', code) },
      { heading: 'id', cell: ({ id }) => id },
      { heading: 'because', cell: ({ reason }) => reason },
    ],
    letters,
  );
}

function replayLines(letters: readonly Replayed[]): Line[] {
  if (letters.length === 0) return [['There is no dead letter to replay.']];
  return letters.map(({ id, outcome, detail }) => [
    styled(outcome === 'kept' ? 'red' : 'green', outcome.padEnd(10)),
    `${id}  ${detail}`,
  ]);
}
