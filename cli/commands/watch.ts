import type { Run } from '../command.ts';
import { timeLimitMs } from '../time-limit.ts';
import { watchRollout } from '../watch-rollout.ts';

/** `ota watch ROLLOUT` */
export const run: Run = async (call) => {
  const limitMs = timeLimitMs(call.options);
  const [id = ''] = call.args;
  return watchRollout(call, await call.client(), id, limitMs);
};
