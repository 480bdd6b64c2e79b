import { EventHubProducerClient } from '@azure/event-hubs';
import type { BenchOptions, BenchResult, Figure } from './figure.ts';
import { median, percentile } from './measure.ts';
import { withRunningRollout } from './visible-cloud.ts';
import { ReportTraffic } from './visible-load.ts';

const EVENT_HUB = 'twin-changes';
const PER_SECOND = 200;
/** One report in so many is watched: looking at each of them would be load of its own. */
const WATCH_EVERY = 20;

/** From the sending of a device's report until the HTTP API shows it, alone and at 200 reports a second. */
export async function benchVisible({ quick }: BenchOptions): Promise<BenchResult> {
  const seconds = quick ? 6 : 30;
  const alone = quick ? 10 : 40;
  return withRunningRollout(async ({ endpoints }) => {
    const producer = new EventHubProducerClient(endpoints.eventHub, EVENT_HUB);
    try {
      const traffic = new ReportTraffic(producer, endpoints.http);
      await traffic.run('warm-up', PER_SECOND, 2, WATCH_EVERY);
      const single = await traffic.oneByOne('single', alone);
      const loaded = await traffic.run('loaded', PER_SECOND, seconds, WATCH_EVERY);
      const notes = [
        `${loaded.length} of ${PER_SECOND * seconds} reports were watched at ${PER_SECOND} a second, and ${alone} that were sent one after the other.`,
        ...NOTES,
      ];
      return { figures: figuresOf(single, loaded), notes };
    } finally {
      await producer.close();
    }
  });
}

function figuresOf(single: readonly number[], loaded: readonly number[]): Figure[] {
  const rate = `${PER_SECOND} reports a second`;
  const base = median(single);
  const ms = (figure: string, value: number): Figure => ({ figure, value, unit: 'ms' });
  const p95 = percentile(loaded, 0.95);
  return [
    ms('one report alone, visible: median', base),
    ms('one report alone, visible: p95', percentile(single, 0.95)),
    ms(`${rate}, visible: p50`, percentile(loaded, 0.5)),
    ms(`${rate}, visible: p95`, p95),
    ms(`${rate}, visible: p99`, percentile(loaded, 0.99)),
    {
      figure: `${rate}, visible: p50, to one report alone`,
      value: percentile(loaded, 0.5) / base,
      unit: 'x',
    },
    { figure: `${rate}, visible: p95, to one report alone`, value: p95 / base, unit: 'x' },
  ];
}

const NOTES = [
  'Twin changes are sent by the real Event Hubs client to the local cloud, whose function host runs the built app; visible is what `GET /api/devices/{id}` shows. The time begins before the event is sent, and ends with the answer of the first look that shows it: looks are 20 ms apart, and the looking itself is load of the same two cores.',
  'It holds what the app does and what the local host and Azurite take, not how fast Azure is: there, Event Hubs hands events over within its own time, and an app that sleeps has to wake up first.',
];
