import { useEffect, useRef } from 'preact/hooks';
import type { DeviceUpdate, RolloutDetail } from '../../client/answers.ts';
import { type DeviceFilters, reads } from '../../client/reads.ts';
import { announce } from '../live/announcements.ts';
import { kindOf } from '../live/problem-kind.ts';
import { useLive } from '../live/use-live.ts';
import { Card } from '../parts/card.tsx';
import { Download } from '../parts/download.tsx';
import { Empty, LiveView } from '../parts/live-view.tsx';
import { PagedView } from '../parts/paged-view.tsx';
import { usePages } from '../parts/use-pages.ts';
import { deviceFilters, filtersInWords } from '../words/device-filters.ts';
import { DeviceFilterRow } from './device-filter-row.tsx';
import { DeviceTable } from './device-table.tsx';

const A_PAGE = 25;

/** The devices that have reported to the rollout, a page at a time: nothing here grows with the fleet. */
export function DevicesCard({ rollout, query }: { rollout: RolloutDetail; query: URLSearchParams }) {
  const filters = deviceFilters(query);
  const device = query.get('device') || undefined;
  const place = useRef<HTMLDivElement>(null);
  useShown(place, device === undefined ? filtersInWords(filters) : `Looking for ${device}.`);
  return (
    <div ref={place}>
      <Card title="Devices" aside={<Exports id={rollout.id} filters={filters} />} flush>
        <DeviceFilterRow key={device} id={rollout.id} filters={filters} device={device} />
        {device === undefined ? (
          <Listed id={rollout.id} filters={filters} />
        ) : (
          <OneDevice rolloutId={rollout.id} deviceId={device} />
        )}
      </Card>
    </div>
  );
}

/** Other parts of the page link to devices of a state: what they lead to must come into sight, and be told. */
function useShown(place: { readonly current: HTMLElement | null }, words: string): void {
  const shown = useRef(words);
  useEffect(() => {
    if (shown.current === words) return;
    shown.current = words;
    place.current?.scrollIntoView({ block: 'nearest' });
    announce(words);
  }, [words]);
}

function Listed({ id, filters }: { id: string; filters: DeviceFilters }) {
  const pages = usePages(reads.rolloutDevices(id, { ...filters, limit: A_PAGE }));
  return (
    <PagedView pages={pages} what="the devices">
      {({ value, nextLink }) =>
        value.length === 0 ? <NoDevices goesOn={nextLink !== undefined} /> : <DeviceTable devices={value} />
      }
    </PagedView>
  );
}

/** The device that is looked for, as far as it takes part in this rollout. */
function OneDevice({ rolloutId, deviceId }: { rolloutId: string; deviceId: string }) {
  const live = useLive(reads.device(deviceId));
  const isUnknown = live.problem !== undefined && kindOf(live.problem) === 'not-found';
  if (isUnknown) return <NotInRollout deviceId={deviceId} />;
  return (
    <LiveView live={live} what={`the device ${deviceId}`}>
      {({ updates }) => {
        const found: readonly DeviceUpdate[] = updates.filter((update) => update.rolloutId === rolloutId);
        return found.length === 0 ? <NotInRollout deviceId={deviceId} /> : <DeviceTable devices={found} />;
      }}
    </LiveView>
  );
}

function NotInRollout({ deviceId }: { deviceId: string }) {
  return (
    <Empty title={`${deviceId} has reported nothing to this rollout`}>
      <p>
        Look at the id: it has to be whole. A device that was not offered the image yet is not listed either.
      </p>
    </Empty>
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
