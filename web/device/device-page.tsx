import type { Device } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import { useLive } from '../live/use-live.ts';
import { Empty, LiveView } from '../parts/live-view.tsx';
import { When } from '../parts/when.tsx';
import { links } from '../shell/links.ts';
import type { ViewProps } from '../shell/views.tsx';
import { UpdateCard } from './update-card.tsx';

/** One device: what it runs, and its way through every rollout that it reported to. */
export function DevicePage({ params }: ViewProps) {
  const id = params['id'] ?? '';
  const live = useLive(reads.device(id));
  return (
    <div class="stack">
      <header class="stack-tight">
        <p class="quiet">
          <a href={links.fleet()}>Fleet</a> / Device
        </p>
        <h1 class="breaks">{id}</h1>
        {live.data && <Facts device={live.data} />}
      </header>
      <LiveView live={live} what={`the device ${id}`}>
        {({ updates }) =>
          updates.length === 0 ? (
            <Empty title="It has reported to no rollout yet">
              <p>Its history begins with its first report on a firmware update.</p>
            </Empty>
          ) : (
            updates.map((update) => <UpdateCard key={update.rolloutId} update={update} />)
          )
        }
      </LiveView>
    </div>
  );
}

function Facts({ device: { currentVersion, lastReportAt, updates } }: { device: Device }) {
  return (
    <dl class="facts">
      <div>
        <dt>Runs</dt>
        <dd>
          <strong>{currentVersion ?? 'unknown: it has not said'}</strong>
        </dd>
      </div>
      <div>
        <dt>Device type</dt>
        <dd>{updates[0]?.deviceType ?? 'unknown'}</dd>
      </div>
      <div>
        <dt>Last report</dt>
        <dd>
          <When time={lastReportAt} /> (<When time={lastReportAt} as="clock" />)
        </dd>
      </div>
      <div>
        <dt>Rollouts</dt>
        <dd>{updates.length}</dd>
      </div>
    </dl>
  );
}
