import type { RolloutDetail } from '../../client/answers.ts';
import { counted } from './numbers.ts';
import { rolloutStateWords } from './states.ts';

type Compared = Pick<RolloutDetail, 'state' | 'stage' | 'counts' | 'planDetail'>;

/** What is worth being told of between two answers; `undefined` where nothing is. */
export function changeInWords(before: Compared, after: Compared): string | undefined {
  const parts: string[] = [];
  if (after.state !== before.state)
    parts.push(`The rollout is ${rolloutStateWords[after.state].toLowerCase()}.`);
  const opened = after.stage > before.stage ? after.planDetail.stages[after.stage] : undefined;
  if (opened) parts.push(`Stage ${opened.name} has opened.`);
  const more = (state: string) => (after.counts[state] ?? 0) - (before.counts[state] ?? 0);
  const succeeded = more('Succeeded');
  const failed = more('Failed') + more('Reverted');
  if (succeeded > 0) parts.push(`${counted(succeeded, 'more device')} succeeded.`);
  if (failed > 0) parts.push(`${counted(failed, 'more device')} failed or reverted.`);
  return parts.length === 0 ? undefined : parts.join(' ');
}
