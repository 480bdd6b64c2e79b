import type { ApiClient } from '../client/api-client.ts';
import { ApiError } from '../client/api-error.ts';
import { reads } from '../client/reads.ts';
import type { Finding } from './diagnosis.ts';
import { explained } from './failure.ts';

/** A dead letter that cannot be there: asking for it tells the right to steer, and changes nothing. */
const NO_DEAD_LETTER = '0001-01-01@none@0@0';

/** Does the app answer, may the caller read, may it steer? */
export async function accessFindings(client: ApiClient): Promise<readonly Finding[]> {
  const reached = await finding('app', 'it answers', () => client.get(reads.health()));
  if (reached.level === 'fail') return [reached];
  return [
    reached,
    await finding('read', 'you may look', () => client.get(reads.rollouts({ limit: 1 }))),
    await steeringFinding(client),
  ];
}

/** A check that a request passes or fails. */
export async function finding(check: string, text: string, ask: () => Promise<unknown>): Promise<Finding> {
  return orFailed(check, async () => {
    await ask();
    return { check, level: 'ok', text };
  });
}

/** What a check finds; where it cannot be made, why. The checks after it go on. */
export async function orFailed(check: string, find: () => Promise<Finding>): Promise<Finding> {
  try {
    return await find();
  } catch (error) {
    const known = explained(error);
    if (!known) throw error;
    return { check, level: 'fail', text: known.message, next: known.next };
  }
}

async function steeringFinding(client: ApiClient): Promise<Finding> {
  try {
    await client.replay(NO_DEAD_LETTER);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404 && error.type !== 'about:blank') {
      return {
        check: 'steer',
        level: 'ok',
        text: 'you may replay dead letters, which needs the right to steer',
      };
    }
    const known = explained(error);
    if (!known) throw error;
    const isDenied = error instanceof ApiError && (error.status === 401 || error.status === 403);
    const text = isDenied ? 'you may look, but not steer' : known.message;
    return { check: 'steer', level: 'warn', text, next: isDenied ? [] : known.next };
  }
  return { check: 'steer', level: 'ok', text: 'you may steer' };
}
