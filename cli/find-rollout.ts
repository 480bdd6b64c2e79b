import type { ApiClient } from '../client/api-client.ts';
import { ApiError } from '../client/api-error.ts';
import type { RolloutDetail } from '../client/answers.ts';
import { reads } from '../client/reads.ts';
import { didYouMean } from './did-you-mean.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandError } from './failure.ts';

const NAMED_AT_MOST = 10;

/** The rollout; where there is none of this id the error names those that there are. */
export async function findRollout(client: ApiClient, id: string): Promise<RolloutDetail> {
  return orKnownRollouts(client, id, () => client.get(reads.rollout(id)));
}

/** Asks; where the rollout is not there the error names those that there are. */
export async function orKnownRollouts<Answer>(
  client: ApiClient,
  id: string,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    const isUnknown = error instanceof ApiError && (error.status === 404 || isWrongId(error));
    if (!isUnknown || error.type === 'about:blank') throw error;
    const { value } = await client.get(reads.rollouts());
    throw notThere(
      id,
      value.map((rollout) => rollout.id),
      error,
    );
  }
}

function isWrongId({ status, pointers }: ApiError): boolean {
  return status === 400 && pointers.some(({ pointer }) => pointer === 'id');
}

function notThere(id: string, known: readonly string[], cause: ApiError): CommandError {
  const near = didYouMean(id, known);
  const named = near.length > 0 ? near : known.slice(0, NAMED_AT_MOST);
  const heading = near.length > 0 ? 'Did you mean:' : 'There is, the newest first:';
  const next =
    known.length === 0
      ? ['There is no rollout at all yet: start one with ota publish FILE.']
      : [heading, ...named.map((one) => `  ${one}`)];
  return new CommandError(exitCodes.notFound, `There is no rollout "${id}".`, next, cause);
}
