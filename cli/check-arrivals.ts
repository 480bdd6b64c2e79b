import type { Diagnosis } from '../client/answers.ts';
import { type Finding, notKnown } from './diagnosis.ts';
import { timeText } from './durations.ts';

type Known<Part> = Extract<Part, { known: true }>;
type Events = Known<Diagnosis['events']>;
type Reports = Known<Diagnosis['reports']>;

const ROUTE = [
  'The hub needs a message route with the source TwinChangeEvents to the event hub that TWIN_EVENTS_HUB names.',
];

/** Do events arrive, and do devices report? Pure. */
export function arrivalFindings({
  events,
  reports,
  settings: { partitions },
}: Pick<Diagnosis, 'events' | 'reports' | 'settings'>): readonly Finding[] {
  return [
    events.known
      ? routesFinding(events, reports.known ? reports : undefined)
      : notKnown('routes', events.reason),
    reports.known ? reportsFinding(reports) : notKnown('reports', reports.reason),
    ...(events.known && events.partitions !== partitions ? [otherPartitions(events, partitions)] : []),
  ];
}

function routesFinding({ newestAt }: Events, reports: Reports | undefined): Finding {
  const check = 'routes';
  const silent = reports?.silent[0];
  if (newestAt === undefined) return nothingArrived(reports);
  const newest = `the newest event arrived at ${timeText(newestAt)} UTC`;
  if (silent !== undefined && Date.parse(newestAt) < Date.parse(silent.since)) {
    const text = `${newest}, and none since a stage of ${silent.rollout} opened at ${timeText(silent.since)}`;
    return { check, level: 'warn', text, next: ROUTE };
  }
  return { check, level: 'ok', text: newest };
}

/** Whoever gives a device the image changes its twin, so that at least this would have arrived. */
function nothingArrived(reports: Reports | undefined): Finding {
  const check = 'routes';
  const silent = reports?.silent[0];
  if (silent !== undefined) {
    const text = `no event has ever arrived in the event hub, though ${devices(silent.applied)} got ${silent.rollout}: no route leads there`;
    return { check, level: 'fail', text, next: [...ROUTE, 'Just started? Then ask again in a minute.'] };
  }
  if (reports?.newestAt !== undefined) {
    const text = `no event has ever arrived in this event hub; devices have reported until ${timeText(reports.newestAt)} UTC`;
    return { check, level: 'warn', text, next: ['Is it another event hub than before?', ...ROUTE] };
  }
  return {
    check,
    level: 'warn',
    text: 'no event has ever arrived: the route is missing, or no twin has changed yet',
    next: ROUTE,
  };
}

function reportsFinding({ offered, silent, newestAt }: Reports): Finding {
  const check = 'reports';
  const [first] = silent;
  if (first !== undefined) {
    const { rollout, applied, since } = first;
    return {
      check,
      level: 'warn',
      text: `${rollout}: offered to ${devices(applied)}, and none has reported since ${timeText(since)} UTC`,
      next: [
        'Just started, or are the devices offline? Then wait. Devices that already ran the version report nothing.',
        'Else look at routes: where only life-cycle events arrive, one with the source TwinChangeEvents is missing.',
      ],
    };
  }
  if (offered === 0) {
    return { check, level: 'ok', text: 'no rollout is offered to a device: nothing to tell' };
  }
  const newest = newestAt === undefined ? '' : `, the last time at ${timeText(newestAt)} UTC`;
  return { check, level: 'ok', text: `devices report to every rollout that is offered to them${newest}` };
}

function otherPartitions(events: Events, partitions: number): Finding {
  return {
    check: 'partitions',
    level: 'warn',
    text: `the event hub has ${events.partitions}, and TWIN_EVENTS_PARTITIONS is ${partitions}: this costs speed alone`,
    next: [
      `Set TWIN_EVENTS_PARTITIONS to ${events.partitions}; rollouts that start then are spread as it is.`,
    ],
  };
}

function devices(count: number): string {
  return count === 1 ? '1 device' : `${count} devices`;
}
