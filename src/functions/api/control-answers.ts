import * as z from 'zod';
import { ProblemError } from '../../shared/http/problem.ts';
import type { OperationRequest } from '../../shared/http/operation.ts';
import { errorFields } from '../../shared/log.ts';
import type { ControlCause, ControlRefusal, ControlResult } from '../../shared/rollout/control.ts';
import { SERVICE } from '../../shared/rollout/journal.ts';
import type { ControlAction } from '../../shared/rollout/lifecycle.ts';
import type { RevertResult } from '../../shared/rollout/revert.ts';
import type { RolloutRecord } from '../../shared/rollout/rollout.ts';

/** A request that steers the rollout of its path. */
export type Steered = Pick<
  OperationRequest<{ id: string }, unknown, unknown>,
  'path' | 'caller' | 'ifMatch' | 'log'
>;

export const reason = z
  .string('must be a text')
  .trim()
  .min(1, 'must not be empty')
  .max(500, 'must have at most 500 characters')
  .meta({ description: 'Why; it enters the journal with the name of the caller.' });

/** What every operation that steers a rollout has. */
export const controlNeeds = {
  right: 'write',
  tag: 'Rollouts',
  ifMatch:
    'The `revision` that the caller has seen, in quotes, as `"3"`: the request fails where the rollout has moved on. Not the `ETag` of a GET, which changes with every report of a device.',
  problems: ['not-found', 'conflict'],
} as const;

/** Who asks, why, and for which revisions. */
export function causeOf({ caller, ifMatch }: Steered, why: string): ControlCause {
  return { actor: personNamed(caller.name), reason: why, ifRevision: revisionsIn(ifMatch) };
}

/** The service signs its own decisions: nobody whose name is the same may pass for it. */
function personNamed(name: string): string {
  return name === SERVICE ? `"${SERVICE}"` : name;
}

/**
 * The revisions that `If-Match` names (RFC 9110, 13.1.1); undefined where any will do. A tag that no rollout
 * has, as a weak one, matches nothing.
 */
export function revisionsIn(ifMatch: string | undefined): readonly number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  return ifMatch.split(',').flatMap((tag) => {
    const revision = /^\s*"(\d{1,9})"\s*$/.exec(tag)?.[1];
    return revision === undefined ? [] : [Number(revision)];
  });
}

/** The rollout after a control, with its line in the log. Throws a ProblemError where nothing was done. */
export function answered(
  result: ControlResult | RevertResult,
  action: ControlAction,
  request: Steered,
): RolloutRecord {
  if (result.kind === 'impossible') throw new ProblemError('conflict', result.message);
  if (result.kind !== 'done') throw refusalProblem(result, action, request.path.id);
  const { rollout, hubError } = result;
  const { caller, log, path } = request;
  log('info', 'rollout-controlled', { rollout: path.id, action, caller: caller.name, now: rollout.id });
  if (hubError) log('warn', 'hub-not-told', { rollout: path.id, ...errorFields(hubError) });
  return rollout;
}

/** Why nothing was done, as a problem. */
function refusalProblem(refusal: ControlRefusal, action: ControlAction, id: string): ProblemError {
  switch (refusal.kind) {
    case 'not-found':
      return new ProblemError('not-found', `There is no rollout "${id}".`);
    case 'changed':
      return new ProblemError(
        'precondition-failed',
        `The rollout is at revision ${refusal.revision} now. Look at it again, then send If-Match: "${refusal.revision}".`,
      );
    case 'wrong-state': {
      const possible = refusal.possible.length === 0 ? 'nothing any more' : [...refusal.possible].join(', ');
      return new ProblemError(
        'conflict',
        `The rollout is ${refusal.state}, which does not allow ${action}. Possible is: ${possible}.`,
      );
    }
    case 'invalid':
      return new ProblemError('bad-request', 'The body is not right.', {
        errors: [{ in: 'body', pointer: `#/${refusal.member}`, detail: refusal.message }],
      });
  }
}
