import type { Failures } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import { useLive } from '../live/use-live.ts';
import { DeviceBadge } from '../parts/badges.tsx';
import { Card } from '../parts/card.tsx';
import { Empty, LiveView } from '../parts/live-view.tsx';
import { When } from '../parts/when.tsx';
import { links } from '../shell/links.ts';
import { count, counted } from '../words/numbers.ts';

/** So many groups are in sight: what stands below the list must stay within reach. */
const IN_SIGHT = 6;

/** What went wrong, by reason: the largest group first, each a way to its devices. */
export function FailuresCard({ id }: { id: string }) {
  const live = useLive(reads.failures(id));
  return (
    <Card title="Failures by reason" flush>
      <LiveView live={live} what="the failures">
        {(failures) =>
          failures.value.length === 0 ? (
            <Empty title="No device has failed or fallen back">
              <p>One that tries again is at work and is not counted here.</p>
            </Empty>
          ) : (
            <Groups id={id} failures={failures} />
          )
        }
      </LiveView>
    </Card>
  );
}

function Groups({ id, failures: { value, others, truncated } }: { id: string; failures: Failures }) {
  const list = (groups: Failures['value']) => (
    <ul class="lines">
      {groups.map((group) => (
        <Group key={`${group.state} ${group.reason ?? ''}`} id={id} group={group} isLeast={truncated} />
      ))}
    </ul>
  );
  const folded = value.slice(IN_SIGHT);
  return (
    <>
      {list(value.slice(0, IN_SIGHT))}
      {folded.length > 0 && (
        <details class="more">
          <summary>{counted(folded.length, 'more reason')}</summary>
          {list(folded)}
        </details>
      )}
      {(others > 0 || truncated) && (
        <p class="quiet card-foot">
          {others > 0 && `${counted(others, 'device')} with other reasons. `}
          {truncated && 'There are more failures than were looked at: the numbers are the least.'}
        </p>
      )}
    </>
  );
}

function Group({
  id,
  group: { state, reason, devices, firstAt, lastAt, examples },
  isLeast,
}: {
  id: string;
  group: Failures['value'][number];
  isLeast: boolean;
}) {
  return (
    <li class="stack-tight">
      <div class="row between">
        <span class="row">
          <DeviceBadge state={state} />
          {reason === undefined ? <span>came back with another version</span> : <code>{reason}</code>}
        </span>
        <a href={links.rollout(id, { state, reason })}>
          {isLeast && 'at least '}
          {count(devices)} {devices === 1 ? 'device' : 'devices'}
        </a>
      </div>
      <p class="quiet">
        First <When time={firstAt} />, last <When time={lastAt} />. For example{' '}
        {examples.map((device, i) => (
          <span key={device}>
            {i > 0 && ', '}
            <a href={links.device(device)}>{device}</a>
          </span>
        ))}
      </p>
    </li>
  );
}
