import { useState } from 'preact/hooks';
import type { DeviceState, DeviceUpdate, RolloutDetail } from '../../client/answers.ts';
import { type DeviceFilters, reads } from '../../client/reads.ts';
import { DeviceBadge, Flag } from '../parts/badges.tsx';
import { Card } from '../parts/card.tsx';
import { Icon } from '../parts/icon.tsx';
import { Empty, LiveView } from '../parts/live-view.tsx';
import { Download } from '../parts/download.tsx';
import { Pager } from '../parts/pager.tsx';
import { usePages } from '../parts/use-pages.ts';
import { When } from '../parts/when.tsx';
import { links } from '../shell/links.ts';
import { replacePlace } from '../shell/use-place.ts';
import { deviceFilters } from '../words/device-filters.ts';
import { SHOWN_STATES, stateWords } from '../words/states.ts';

const A_PAGE = 25;

/** The devices that have reported to the rollout, a page at a time: nothing here grows with the fleet. */
export function DevicesCard({ rollout, query }: { rollout: RolloutDetail; query: URLSearchParams }) {
  const filters = deviceFilters(query);
  const pages = usePages(reads.rolloutDevices(rollout.id, { ...filters, limit: A_PAGE }));
  return (
    <Card title="Devices" aside={<Exports id={rollout.id} filters={filters} />} flush>
      <Filters id={rollout.id} filters={filters} />
      <LiveView live={pages.live} what="the devices">
        {({ value, nextLink }) => (
          <>
            {value.length === 0 ? (
              <NoDevices goesOn={nextLink !== undefined} />
            ) : (
              <DeviceTable devices={value} />
            )}
            <Pager of={pages} what="the devices" />
          </>
        )}
      </LiveView>
    </Card>
  );
}

/** What the filters narrow is kept in the address: it can be sent to somebody. */
function Filters({ id, filters }: { id: string; filters: DeviceFilters }) {
  const [deviceId, setDeviceId] = useState('');
  // A reason is one of failed devices: it goes with any other state.
  const narrow = ({ state, stuck, reason }: DeviceFilters) =>
    replacePlace(links.rollout(id, { state, stuck, reason }));
  return (
    <div class="row row-end filters">
      <label class="field">
        State
        <select
          value={filters.state ?? ''}
          onChange={(event) =>
            narrow({
              ...filters,
              reason: undefined,
              state: (event.currentTarget.value || undefined) as DeviceState | undefined,
            })
          }
        >
          <option value="">Any</option>
          {SHOWN_STATES.filter((state) => state !== 'Pending').map((state) => (
            <option key={state} value={state}>
              {stateWords[state].label}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={filters.stuck === 'true'}
          onChange={(event) =>
            narrow({ ...filters, stuck: event.currentTarget.checked ? 'true' : undefined })
          }
        />
        Stuck only
      </label>
      {filters.reason !== undefined && (
        <button class="button" type="button" onClick={() => narrow({ ...filters, reason: undefined })}>
          Reason: {filters.reason} <Icon name="cross" /> <span class="only-read">Take the filter away</span>
        </button>
      )}
      <form
        class="row row-end search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          location.hash = links.device(deviceId.trim());
        }}
      >
        <label class="field">
          Find a device
          <input
            required
            spellcheck={false}
            autocomplete="off"
            placeholder="its whole id"
            value={deviceId}
            onInput={(event) => setDeviceId(event.currentTarget.value)}
          />
        </label>
        <button class="button" type="submit">
          Open
        </button>
      </form>
    </div>
  );
}

function Exports({ id, filters }: { id: string; filters: DeviceFilters }) {
  return (
    <span class="quiet">
      Export <Download read={reads.rolloutDevicesCsv(id, filters)} name={`${id}.csv`} label="CSV" />{' '}
      <Download read={reads.rolloutDevicesNdjson(id, filters)} name={`${id}.ndjson`} label="NDJSON" />
    </span>
  );
}

function NoDevices({ goesOn }: { goesOn: boolean }) {
  return goesOn ? (
    <Empty title="None on this page">
      <p>The search goes on with Next: few devices fit.</p>
    </Empty>
  ) : (
    <Empty title="No device fits">
      <p>Devices appear here when they have reported something to this rollout.</p>
    </Empty>
  );
}

function DeviceTable({ devices }: { devices: readonly DeviceUpdate[] }) {
  return (
    <div class="scrolls" tabIndex={0} role="group" aria-label="Devices, a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">State</th>
            <th scope="col">Since</th>
            <th scope="col">Runs</th>
            <th scope="col" class="number">
              Attempt
            </th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {devices.map((device) => (
            <tr key={device.deviceId}>
              <th scope="row">
                <a href={links.device(device.deviceId)}>{device.deviceId}</a>
              </th>
              <td>
                <DeviceBadge state={device.state} />
                {device.stuckSince !== undefined && (
                  <>
                    {' '}
                    <Flag tone="warn">stuck</Flag>
                  </>
                )}
              </td>
              <td>
                <When time={device.since} />
              </td>
              <td class="number-left">{device.currentVersion ?? 'unknown'}</td>
              <td class="number">{device.attempt}</td>
              <td class="wraps">{device.reason ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
