import type { RolloutDetail } from '../../client/answers.ts';
import { withLocalTimes } from './times.ts';

/** What comes next in a rollout, and why it has not come yet. */
export interface NextInWords {
  /** `Waits for you`, `Stage “10 %” opens`. */
  readonly headline: string;
  readonly reasons: readonly string[];
  readonly tone: 'calm' | 'warn' | 'bad' | 'good';
  readonly waitsForPerson: boolean;
}

type Asked = Pick<RolloutDetail, 'state' | 'stage' | 'next' | 'planDetail'>;

/** `undefined` for rollouts that are over: nothing comes. */
export function nextInWords({ state, stage, next, planDetail }: Asked, now: number): NextInWords | undefined {
  if (state === 'stopped' || state === 'completed' || state === 'retired') return undefined;
  const reasons = next.reasons.map(({ text }) => sentence(withLocalTimes(text, now)));
  const upcoming = planDetail.stages[stage + 1]?.name;
  const calm = { reasons, tone: 'calm', waitsForPerson: false } as const;
  if (state === 'starting') return { ...calm, headline: 'Waits for IoT Hub to take the configuration' };
  switch (next.decision) {
    case 'nothing':
      return state === 'paused'
        ? { ...calm, headline: 'Paused: waits for you', tone: 'warn', waitsForPerson: true }
        : {
            ...calm,
            headline: upcoming === undefined ? 'Waits for devices' : `“${upcoming}” is not open yet`,
          };
    case 'await-approval':
      return { ...calm, headline: 'Waits for your approval', tone: 'warn', waitsForPerson: true };
    case 'open-stage':
      return { ...calm, headline: `“${upcoming ?? ''}” opens within a minute`, tone: 'good' };
    case 'complete':
      return { ...calm, headline: 'Completes within a minute', tone: 'good' };
    case 'pause':
      return { ...calm, headline: 'Will be paused: its gate has failed', tone: 'bad' };
    case 'stop':
      return { ...calm, headline: 'Will be stopped: its gate has failed', tone: 'bad' };
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
