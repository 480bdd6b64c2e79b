import { reads } from '../../client/reads.ts';
import { useLive } from '../live/use-live.ts';
import { Card } from '../parts/card.tsx';
import { Empty, LiveView } from '../parts/live-view.tsx';
import { When } from '../parts/when.tsx';
import { links } from '../shell/links.ts';
import { bytes } from '../words/numbers.ts';

/** The newest refusals and the highest releases, beside the rollouts. */
export function Newest() {
  const refusals = useLive(reads.refusals({ limit: 4 }));
  const releases = useLive(reads.releases({ limit: 4 }));
  return (
    <div class="stack">
      <Card title="Newest refusals" aside={<a href={links.refusals()}>All refusals</a>} flush>
        <LiveView live={refusals} what="the refusals">
          {({ value }) =>
            value.length === 0 ? (
              <Empty title="No upload was refused" />
            ) : (
              <ul class="lines">
                {value.map(({ id, path, message, refusedAt }) => (
                  <li key={id}>
                    <div class="row between">
                      <code>{path}</code>
                      <span class="quiet">
                        <When time={refusedAt} />
                      </span>
                    </div>
                    <p class="quiet">{message}</p>
                  </li>
                ))}
              </ul>
            )
          }
        </LiveView>
      </Card>
      <Card title="Releases" aside={<a href={links.releases()}>All releases</a>} flush>
        <LiveView live={releases} what="the releases">
          {({ value }) =>
            value.length === 0 ? (
              <Empty title="No image was released yet" />
            ) : (
              <ul class="lines">
                {value.map(({ deviceType, version, size, rolloutId, createdAt }) => (
                  <li key={rolloutId} class="row between">
                    <a href={links.rollout(rolloutId)}>
                      {deviceType} {version}
                    </a>
                    <span class="quiet">
                      {bytes(size)}, <When time={createdAt} />
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </LiveView>
      </Card>
    </div>
  );
}
