import { useState } from 'preact/hooks';
import type { RolloutDetail } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import { Card } from '../parts/card.tsx';
import { Empty } from '../parts/live-view.tsx';
import { PagedView } from '../parts/paged-view.tsx';
import { usePages } from '../parts/use-pages.ts';
import { When } from '../parts/when.tsx';
import { links } from '../shell/links.ts';
import { leftOverLines } from '../words/left-over.ts';
import { count, counted } from '../words/numbers.ts';

type LeftOver = NonNullable<RolloutDetail['leftOver']>;

const A_PAGE = 25;

/** Whom a completed rollout has not brought to a good end, by reason; absent before it is complete. */
export function LeftOverCard({ rollout: { id, leftOver } }: { rollout: RolloutDetail }) {
  if (leftOver === undefined) return null;
  const lines = leftOverLines(leftOver);
  return (
    <Card title="Left over" flush>
      {lines.length === 0 ? (
        <Empty title="Nothing is left over">
          <p>Every device that was targeted has the version.</p>
        </Empty>
      ) : (
        <ul class="lines">
          {lines.map(({ label, devices, meaning, filters }) => (
            <li key={label}>
              <div class="row between">
                <span>
                  <strong>{label}</strong> <span class="quiet">{meaning}</span>
                </span>
                {filters === undefined ? (
                  <span>{counted(devices, 'device')}</span>
                ) : (
                  <a href={links.rollout(id, { ...filters })}>{counted(devices, 'device')}</a>
                )}
              </div>
            </li>
          ))}
          {leftOver.pending > 0 && <Pending id={id} leftOver={leftOver} />}
        </ul>
      )}
    </Card>
  );
}

/** Which devices are pending: asked for only when somebody wants to see them. */
function Pending({ id, leftOver: { pendingDevices } }: { id: string; leftOver: LeftOver }) {
  const [isOpen, setOpen] = useState(false);
  if (pendingDevices === undefined) {
    return <li class="quiet">IoT Hub is asked which devices are pending: this takes some minutes.</li>;
  }
  const { devices, truncated, determinedAt } = pendingDevices;
  return (
    <li>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          Which are pending: {truncated && 'at least '}
          {count(devices)} that do not run the version
        </summary>
        <p class="quiet">
          As IoT Hub said <When time={determinedAt} />. Devices that have reported since are left out.
        </p>
        {isOpen && <PendingList id={id} />}
      </details>
    </li>
  );
}

function PendingList({ id }: { id: string }) {
  const pages = usePages(reads.pendingDevices(id, { limit: A_PAGE }));
  return (
    <PagedView pages={pages} what="the pending devices">
      {({ value }) =>
        value.length === 0 ? (
          <p class="quiet">None is left on this page.</p>
        ) : (
          <ul class="stack-tight">
            {value.map(({ deviceId, text, currentVersion }) => (
              <li key={deviceId} class="breaks">
                <strong>{deviceId}</strong>{' '}
                <span class="quiet">
                  {text} {currentVersion !== undefined && `It runs ${currentVersion}.`}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </PagedView>
  );
}
