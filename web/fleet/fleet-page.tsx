import type { Page, Rollout, RolloutDetail } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import { useLive } from '../live/use-live.ts';
import { useLiveAll } from '../live/use-live-all.ts';
import { Card } from '../parts/card.tsx';
import { Empty, LiveView } from '../parts/live-view.tsx';
import { fleetSummary, isActive, waitingFirst, waitsForPerson } from '../words/fleet-summary.ts';
import { count } from '../words/numbers.ts';
import { HealthLine } from './health-line.tsx';
import { Newest } from './newest.tsx';
import { RolloutCard } from './rollout-card.tsx';
import { RolloutTable } from './rollout-table.tsx';
import { Tiles } from './tiles.tsx';

/** So many rollouts at work are shown with their counts: each costs a request of its own. */
const SHOWN_IN_FULL = 12;

/** The fleet at a glance: what runs, what waits for a person, what went wrong, what came newest. */
export function FleetPage() {
  const rollouts = useLive(reads.rollouts({ limit: 50 }));
  return (
    <div class="stack">
      <div class="row between">
        <h1>Fleet</h1>
        <HealthLine />
      </div>
      <LiveView live={rollouts} what="the rollouts">
        {(page) => <Rollouts page={page} />}
      </LiveView>
    </div>
  );
}

function Rollouts({ page }: { page: Page<Rollout> }) {
  const active = page.value.filter(isActive);
  const shown = waitingFirst(active).slice(0, SHOWN_IN_FULL);
  const details = useLiveAll(shown.map(({ id }) => reads.rollout(id))).flatMap(({ data }) => data ?? []);
  const others = page.value.filter((one) => !shown.includes(one));
  return (
    <>
      {active.length > 0 && <Tiles summary={fleetSummary(active, details)} />}
      {active.length > shown.length && (
        <p class="quiet">
          {count(shown.length)} of {count(active.length)} rollouts at work are shown in full. The devices of
          the others, and approvals that they may wait for, are not in these numbers: open them below.
        </p>
      )}
      <div class="grid-two">
        <div class="stack">
          {page.value.length === 0 ? <NothingYet /> : <Active details={details} expected={shown.length} />}
          {others.length > 0 && (
            <Card title={active.length > 0 ? 'Other rollouts' : 'Rollouts'} flush>
              <RolloutTable rollouts={others} isAll={page.nextLink === undefined} />
            </Card>
          )}
        </div>
        <Newest />
      </div>
    </>
  );
}

/** What waits for a person comes first, then the newest. */
function Active({ details, expected }: { details: readonly RolloutDetail[]; expected: number }) {
  if (expected === 0) {
    return (
      <Card title="Running">
        <Empty title="No rollout runs now">
          <p>Upload an image with a higher version, and its rollout appears here.</p>
        </Empty>
      </Card>
    );
  }
  return (
    <>
      {waitingFirst(details, waitsForPerson).map((rollout) => (
        <RolloutCard key={rollout.id} rollout={rollout} />
      ))}
    </>
  );
}

function NothingYet() {
  return (
    <Card title="No rollout yet">
      <div class="stack-tight">
        <p>
          Drop a <code>.bin</code> into the container <code>firmware</code> of the storage account: it is
          checked, and its rollout appears here within seconds.
        </p>
        <p>In the local cloud, in another terminal:</p>
        <pre class="command" tabIndex={0}>
          npm run drop -- --version 1.0.1
        </pre>
        <p class="quiet">
          The version is the last dotted number in the name, as in <code>FirmwareOTA-1.0.1.bin</code>. An
          image that must not reach a device is refused, with the reason, and is shown here too.
        </p>
      </div>
    </Card>
  );
}
