import type { ApiClient } from '../../client/api-client.ts';
import type { RolloutDetail } from '../../client/answers.ts';
import type { Call, Run } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandError, usageError } from '../failure.ts';
import { findRollout } from '../find-rollout.ts';
import { print } from '../print.ts';
import { rolloutLines } from '../rollout-view.ts';
import { printable } from '../styled-text.ts';
import { type Action, touchedDevices } from '../touched-devices.ts';

/** `ota pause|resume|stop|approve|retarget|revert|retire ROLLOUT --reason TEXT` */
export function steer(action: Action): Run {
  return async (call) => {
    const { args, options, world } = call;
    const reason = options.text('reason');
    if (reason === undefined) {
      throw usageError(`ota ${action} needs --reason TEXT: it enters the journal of the rollout.`);
    }
    const change = changeOf(call, action, reason);
    const client = await call.client();
    const rollout = await findRollout(client, args[0] ?? '');
    checkPossible(rollout, action);
    if (!(await isConfirmed(call, rollout, action))) {
      world.err.write('Nothing was done.\n');
      return exitCodes.no;
    }
    const after = await change(client, rollout);
    print(call, after, () => rolloutLines(after, world.out.look(), world.now()));
    return exitCodes.ok;
  };
}

type Change = (client: ApiClient, rollout: RolloutDetail) => Promise<RolloutDetail>;

/** The request, made for the revision that was shown. Throws where the options do not make one. */
function changeOf({ options }: Call, action: Action, reason: string): Change {
  switch (action) {
    case 'pause':
    case 'resume':
    case 'stop':
    case 'approve':
      return (client, { id, revision }) => client.control(id, action, { reason }, { ifRevision: revision });
    case 'retarget': {
      const target = newTarget(options);
      return (client, { id, revision }) =>
        client.retarget(id, { reason, ...target }, { ifRevision: revision });
    }
    case 'revert': {
      const version = options.text('version');
      const body = { reason, ...(version !== undefined && { version }) };
      return (client, { id, revision }) => client.revert(id, body, { ifRevision: revision });
    }
    case 'retire':
      return (client, { id, revision }) => client.retire(id, reason, { ifRevision: revision });
  }
}

function newTarget(options: Call['options']) {
  const [targetCondition, priority] = [options.text('target'), options.text('priority')];
  if (targetCondition === undefined && priority === undefined) {
    throw usageError('ota retarget needs --target CONDITION or --priority N, or both.');
  }
  if (priority !== undefined && !/^\d{1,10}$/.test(priority)) {
    throw usageError(`--priority "${priority}" is no whole number from 0 up.`);
  }
  return {
    ...(targetCondition !== undefined && { targetCondition }),
    ...(priority !== undefined && { priority: Number(priority) }),
  };
}

/** Before a person is asked anything: the API would refuse it after. */
function checkPossible({ id, state, possibleActions }: RolloutDetail, action: Action): void {
  if (possibleActions.includes(action)) return;
  const can = possibleActions.length === 0 ? 'nothing any more' : possibleActions.join(', ');
  throw new CommandError(exitCodes.conflict, `The rollout ${id} is ${state}: it cannot be ${DONE[action]}.`, [
    `You can: ${can}`,
  ]);
}

async function isConfirmed(
  { options, world }: Call,
  rollout: RolloutDetail,
  action: Action,
): Promise<boolean> {
  if (options.flag('yes')) return true;
  if (!world.ask) {
    throw usageError(`ota ${action} asks for a confirmation, and there is nobody at a terminal.`, [
      `It would do: ${touchedDevices(rollout, action)}`,
      'Confirm it beforehand with --yes.',
    ]);
  }
  world.err.write(`${printable(rollout.id)} is ${rollout.state}. ${touchedDevices(rollout, action)}\n`);
  const answer = await world.ask(`${action} it? [y/N] `);
  return /^y(?:es)?$/i.test(answer.trim());
}

const DONE: Readonly<Record<Action, string>> = {
  pause: 'paused',
  resume: 'resumed',
  stop: 'stopped',
  approve: 'approved',
  retarget: 'retargeted',
  revert: 'reverted',
  retire: 'retired',
};
