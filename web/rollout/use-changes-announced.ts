import { useEffect, useRef } from 'preact/hooks';
import type { RolloutDetail } from '../../client/answers.ts';
import { announce } from '../live/announcements.ts';
import { changeInWords } from '../words/change.ts';

/** Tells screen readers of what happens to the rollout: its state and stages at once, devices by their ends. */
export function useChangesAnnounced(rollout: RolloutDetail | undefined): void {
  const told = useRef<RolloutDetail>(undefined);
  useEffect(() => {
    if (!rollout) return;
    const words = told.current && changeInWords(told.current, rollout);
    if (words) announce(words);
    if (words !== undefined || told.current === undefined) told.current = rollout;
  }, [rollout]);
}
