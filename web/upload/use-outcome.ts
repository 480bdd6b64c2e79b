import { useEffect } from 'preact/hooks';
import type { Upload } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import { type Live, useLive } from '../live/use-live.ts';

/** Somebody waits for it with the dialog open: sooner than other things are asked for. */
const ASK_AGAIN_MS = 1000;

export interface Awaited {
  readonly live: Live<Upload>;
  /** What became of this very upload; undefined while that is not known. */
  readonly upload: Upload | undefined;
  /** Another image lies under the name by now. */
  readonly isReplaced: boolean;
}

/** What becomes of an upload, asked for until it is settled. */
export function useOutcome(dropped: Upload): Awaited {
  const live = useLive(reads.upload(dropped.path));
  const found = live.data;
  const isThisOne = found?.etag === dropped.etag;
  const isReplaced = found !== undefined && !isThisOne && found.uploadedAt > dropped.uploadedAt;
  const upload = isThisOne && found.outcome !== 'pending' ? found : undefined;
  const isSettled = upload !== undefined || isReplaced;
  useEffect(() => {
    if (isSettled || live.problem !== undefined || live.confirmedAt === undefined) return;
    // Counted from the answer: a question that is under way is given up for the next one.
    const timer = window.setTimeout(live.refresh, ASK_AGAIN_MS);
    return () => window.clearTimeout(timer);
  }, [isSettled, live.problem !== undefined, live.confirmedAt, dropped.path]);
  return { live, upload, isReplaced };
}
