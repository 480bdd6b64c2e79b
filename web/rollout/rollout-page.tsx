import type { RolloutDetail } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import { useLive } from '../live/use-live.ts';
import { LiveView } from '../parts/live-view.tsx';
import type { ViewProps } from '../shell/views.tsx';
import { CountsCard } from './counts-card.tsx';
import { CountsOverTime } from './counts-over-time.tsx';
import { DevicesCard } from './devices-card.tsx';
import { FailuresCard } from './failures-card.tsx';
import { JournalCard } from './journal-card.tsx';
import { LeftOverCard } from './left-over-card.tsx';
import { RolloutHead } from './rollout-head.tsx';
import { StagesCard } from './stages-card.tsx';
import { useChangesAnnounced } from './use-changes-announced.ts';

/** One rollout: where it is and why, every number of it, its devices, and what can be done. */
export function RolloutPage({ params, query }: ViewProps) {
  const id = params['id'] ?? '';
  const live = useLive(reads.rollout(id));
  useChangesAnnounced(live.data);
  return (
    <LiveView live={live} what={`the rollout ${id}`} heading={`Rollout ${id}`}>
      {(rollout) => <Shown rollout={rollout} query={query} refresh={live.refresh} />}
    </LiveView>
  );
}

function Shown({
  rollout,
  query,
  refresh,
}: {
  rollout: RolloutDetail;
  query: URLSearchParams;
  refresh: () => void;
}) {
  return (
    <div class="stack">
      <RolloutHead rollout={rollout} refresh={refresh} />
      <div class="grid-two">
        <div class="stack">
          <CountsCard rollout={rollout} />
          <CountsOverTime id={rollout.id} />
          <LeftOverCard rollout={rollout} />
          <FailuresCard id={rollout.id} />
        </div>
        <div class="stack">
          <StagesCard rollout={rollout} />
          <JournalCard rollout={rollout} />
        </div>
      </div>
      <DevicesCard rollout={rollout} query={query} />
    </div>
  );
}
