import { atLeast, atMost, type Figure, type Goal } from './figure.ts';
import type { RecorderRun } from './ledger-recorders.ts';
import { median, medianRatio, percentile } from './measure.ts';

/** Who recorded: the store alone by replacing or by merging rows, a naive recorder, ours. */
export type Recorder = 'raw' | 'merges' | 'naive' | 'warm';

/** By recorder, in the order of the rounds. */
export type LedgerRuns = Readonly<Record<Recorder, readonly RecorderRun[]>>;

interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly of: (run: RecorderRun) => number;
  /** Of the warm ledger, of its ratio to raw, and of its ratio to naive. */
  readonly goals?: { readonly warm?: Goal; readonly raw?: Goal; readonly naive?: Goal };
}

const per1000 = (count: (run: RecorderRun) => number) => (run: RecorderRun) =>
  (1000 * count(run)) / run.events;
const rate: Measure = {
  name: 'events/s',
  unit: '1/s',
  of: ({ events, seconds }) => events / seconds,
  goals: { raw: atLeast(1.2), naive: atLeast(15) },
};
const requests: Measure = {
  name: 'requests per 1,000 events',
  unit: 'requests',
  of: per1000((run) => run.requests),
  goals: { warm: atMost(12) },
};
const measures: readonly Measure[] = [
  rate,
  requests,
  { name: 'entity writes per 1,000 events', unit: 'writes', of: per1000((run) => run.entityWrites) },
  { name: 'CPU per 1,000 events', unit: 'ms', of: per1000((run) => run.cpuMs) },
  { name: 'a batch, p50', unit: 'ms', of: ({ batchMs }) => percentile(batchMs, 0.5) },
  { name: 'a batch, p95', unit: 'ms', of: ({ batchMs }) => percentile(batchMs, 0.95) },
];

/** The figures of one number of writers. */
export function figuresOf(runs: LedgerRuns, writers: number): Figure[] {
  const prefix = writers === 1 ? '1 writer' : `${writers} writers`;
  const value = (recorder: Recorder, { of }: Measure): number => median(runs[recorder].map(of));
  const ratio = (recorder: Recorder, base: Recorder, { of }: Measure): number =>
    medianRatio(runs[recorder].map(of), runs[base].map(of));
  const conflicts = per1000((run) => run.conflicts);
  return [
    ...measures.flatMap((measure) => [
      figure(`${prefix}, raw: ${measure.name}`, value('raw', measure), measure.unit),
      figure(`${prefix}, naive: ${measure.name}`, value('naive', measure), measure.unit),
      figure(`${prefix}, ledger: ${measure.name}`, value('warm', measure), measure.unit, measure.goals?.warm),
      figure(
        `${prefix}, ledger: ${measure.name}, to raw`,
        ratio('warm', 'raw', measure),
        'x',
        measure.goals?.raw,
      ),
      figure(
        `${prefix}, ledger: ${measure.name}, to naive`,
        ratio('warm', 'naive', measure),
        'x',
        measure.goals?.naive,
      ),
    ]),
    figure(`${prefix}, merges: events/s`, value('merges', rate), rate.unit),
    figure(`${prefix}, ledger: events/s, to merges`, ratio('warm', 'merges', rate), 'x'),
    figure(`${prefix}, ledger: conflicts per 1,000 events`, median(runs.warm.map(conflicts)), 'conflicts'),
  ];
}

/** What it costs that instances are replaced. */
export function coldFiguresOf(
  { warm, cold }: Readonly<Record<'warm' | 'cold', readonly RecorderRun[]>>,
  writers: number,
): Figure[] {
  const prefix = writers === 1 ? '1 writer' : `${writers} writers`;
  const ratio = ({ of }: Measure): number => medianRatio(cold.map(of), warm.map(of));
  return [
    figure(`${prefix}, cold: requests per 1,000 events`, median(cold.map(requests.of)), requests.unit),
    figure(`${prefix}, cold: requests, to warm`, ratio(requests), 'x', atMost(1.4)),
    figure(`${prefix}, cold: events/s, to warm`, ratio(rate), 'x'),
    figure(
      `${prefix}, cold: conflicts per 1,000 events`,
      median(cold.map(per1000((run) => run.conflicts))),
      'conflicts',
    ),
  ];
}

function figure(name: string, value: number, unit: string, goal?: Goal): Figure {
  return { figure: name, value, unit, ...(goal && { goal }) };
}
