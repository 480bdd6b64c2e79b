import type { RolloutDetail } from '../../client/answers.ts';
import { Card } from '../parts/card.tsx';
import { DeviceBadge } from '../parts/badges.tsx';
import { Legend, StackedBar } from '../parts/stacked-bar.tsx';
import { When } from '../parts/when.tsx';
import { links } from '../shell/links.ts';
import { count, counted, share } from '../words/numbers.ts';
import { endedShare, type StateCount, stateCounts, totalOf } from '../words/state-counts.ts';
import { stateWords } from '../words/states.ts';

/** How many devices are in each state now, as a bar and as a table. */
export function CountsCard({ rollout }: { rollout: RolloutDetail }) {
  const states = stateCounts(rollout);
  const devicesIn = (state: StateCount['state']) =>
    state === 'Pending' ? undefined : links.rollout(rollout.id, { state });
  return (
    <Card
      title="Devices now"
      aside={<span class="quiet">{endedShare(states)} of those offered have an end</span>}
    >
      <div class="stack-tight">
        <StackedBar counted={states} />
        <Legend counted={states} linkTo={devicesIn} />
        <LeftOver rollout={rollout} />
        <details>
          <summary>As a table</summary>
          <CountsTable states={states} />
          <Trust rollout={rollout} />
        </details>
      </div>
    </Card>
  );
}

function CountsTable({ states }: { states: readonly StateCount[] }) {
  const total = totalOf(states);
  return (
    <div class="scrolls" tabIndex={0} role="group" aria-label="Devices by state, a table">
      <table>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Devices
            </th>
            <th scope="col" class="number">
              Share
            </th>
            <th scope="col">What it means</th>
          </tr>
        </thead>
        <tbody>
          {states.map(({ state, devices }) => (
            <tr key={state}>
              <th scope="row">
                <DeviceBadge state={state} />
              </th>
              <td class="number">{count(devices)}</td>
              <td class="number">{share(devices, total)}</td>
              <td class="quiet">{stateWords[state].meaning}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a stopped rollout has not brought to its end; a completed one has a card for it. */
function LeftOver({ rollout }: { rollout: RolloutDetail }) {
  const { state, counts, pending = 0, retrying, leftOver } = rollout;
  if (leftOver !== undefined || (state !== 'stopped' && state !== 'retired')) return null;
  const working = (counts['Downloading'] ?? 0) + (counts['Verifying'] ?? 0) + (counts['Applying'] ?? 0);
  const failed = (counts['Failed'] ?? 0) + (counts['Reverted'] ?? 0);
  const parts = [
    failed > 0 && `${counted(failed, 'device')} failed or reverted`,
    working > 0 &&
      `${counted(working, 'device')} still at work${retrying > 0 ? ` (${count(retrying)} again)` : ''}`,
    pending > 0 && `${counted(pending, 'device')} never answered`,
  ].filter((part) => part !== false);
  return <p>{parts.length === 0 ? 'Nothing is left over.' : `Left over: ${parts.join(', ')}.`}</p>;
}

/** How far the numbers can be trusted. */
function Trust({ rollout: { recount, seen, hub } }: { rollout: RolloutDetail }) {
  return (
    <p class="quiet">
      {counted(seen, 'device')} reported.{' '}
      {hub && (
        <>
          IoT Hub was asked <When time={hub.observedAt} />.{' '}
        </>
      )}
      {recount ? (
        <>
          The counts were compared with the rows of the devices <When time={recount.recountedAt} />:{' '}
          {recount.drift === 0
            ? 'they were right'
            : `${counted(recount.drift, 'device')} counted wrongly, mended`}
          .
        </>
      ) : (
        'The counts were not yet compared with the rows of the devices.'
      )}
    </p>
  );
}
