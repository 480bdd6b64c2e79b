import type { Rollout } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import type { Run } from '../command.ts';
import { since } from '../durations.ts';
import { exitCodes } from '../exit-codes.ts';
import { findRollout } from '../find-rollout.ts';
import { print } from '../print.ts';
import { rolloutLines, stateStyle } from '../rollout-view.ts';
import { type Line, styled } from '../styled-text.ts';
import { type Column, tableLines } from '../table.ts';
import { moreLines, takeEntries, wanted } from '../take-entries.ts';

/** `ota status [ROLLOUT]` */
export const run: Run = async (call) => {
  const client = await call.client();
  const { world } = call;
  const [id] = call.args;
  if (id !== undefined) {
    const rollout = await findRollout(client, id);
    print(call, rollout, () => rolloutLines(rollout, world.out.look(), world.now()));
    return exitCodes.ok;
  }
  const entries = await takeEntries(client, reads.rollouts, wanted(call.options));
  print(call, entries, () => [...rolloutTable(entries.value, world.now()), ...moreLines(entries)]);
  return exitCodes.ok;
};

function rolloutTable(rollouts: readonly Rollout[], now: Date): Line[] {
  if (rollouts.length === 0) return [['There is no rollout yet: start one with ota publish FILE.']];
  const columns: readonly Column<Rollout>[] = [
    { heading: 'rollout', cell: ({ id }) => id },
    { heading: 'state', cell: ({ state }) => styled(stateStyle(state), state) },
    { heading: 'stage', cell: ({ stage, stages }) => `${stage + 1}/${stages}` },
    { heading: 'plan', cell: ({ plan }) => plan },
    { heading: 'targeted', cell: ({ hub }) => String(hub?.targeted ?? '?'), align: 'right' },
    { heading: 'age', cell: ({ createdAt }) => since(createdAt, now) },
    { heading: 'because', cell: ({ reason }) => reason },
  ];
  return tableLines(columns, rollouts);
}
