import type { JournalEntry } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import type { Run } from '../command.ts';
import { timeText } from '../durations.ts';
import { exitCodes } from '../exit-codes.ts';
import { orKnownRollouts } from '../find-rollout.ts';
import { print } from '../print.ts';
import { stateStyle } from '../rollout-view.ts';
import { type Line, styled } from '../styled-text.ts';
import { tableLines } from '../table.ts';
import { moreLines, takeEntries, wanted } from '../take-entries.ts';

/** `ota journal ROLLOUT` */
export const run: Run = async (call) => {
  const client = await call.client();
  const [id = ''] = call.args;
  const entries = await orKnownRollouts(client, id, () =>
    takeEntries(client, (paging) => reads.journal(id, paging), wanted(call.options)),
  );
  print(call, entries, () => [...journalTable(entries.value), ...moreLines(entries)]);
  return exitCodes.ok;
};

function journalTable(entries: readonly JournalEntry[]): Line[] {
  return tableLines<JournalEntry>(
    [
      { heading: '#', cell: ({ revision }) => String(revision), align: 'right' },
      { heading: 'when (utc)', cell: ({ at }) => timeText(at) },
      { heading: 'what', cell: ({ action }) => action },
      { heading: 'then', cell: ({ state }) => styled(stateStyle(state), state) },
      { heading: 'stage', cell: ({ stage }) => String(stage + 1), align: 'right' },
      { heading: 'by', cell: ({ actor }) => actor },
      { heading: 'because', cell: ({ reason }) => reason },
    ],
    entries,
  );
}
