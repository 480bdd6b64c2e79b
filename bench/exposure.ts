import { seededRandom } from '../local/devkit/seeded-random.ts';
import { bucketsOf, BUCKETS } from '../src/shared/rollout/bucket.ts';
import { builtInPlans } from '../src/shared/rollout/built-in-plans.ts';
import { type Decision, decide } from '../src/shared/rollout/lifecycle.ts';
import { atMost, type BenchOptions, type BenchResult, type Figure } from './figure.ts';
import { median, percentile } from './measure.ts';
import {
  bucketsOfFleet,
  simulateRollout,
  type SimulatedOutcome,
  type SimulatedRule,
  type SimulatedStep,
} from './simulated-rollout.ts';

const FLEET = 10_000;
const LIMIT_PERCENT = 10;
/** Of every stage of `careful`. */
const MIN_DEVICES = builtInPlans.careful.stages[0].minDevices;
const bad = [100, 50, 20, 12];
const good = [5, 2];

const careful = builtInPlans.careful;
const carefulWidths = careful.stages.map((stage) =>
  stage.kind === 'percent' ? bucketsOf(stage.percent) : BUCKETS,
);

/**
 * How many devices are offered a bad image before it is stopped, and how often a good one is stopped by
 * mistake: the plan `careful` through the very function that the service decides with, beside hawkBit's
 * rule. A simulation of 10,000 devices, repeated with other seeds; it measures decisions and no time.
 */
export async function benchExposure({ quick }: BenchOptions): Promise<BenchResult> {
  const runs = quick ? 40 : 400;
  const buckets = bucketsOfFleet(FLEET);
  const outcomes = (rule: SimulatedRule, percent: number): SimulatedOutcome[] =>
    Array.from({ length: runs }, (_, seed) =>
      simulateRollout(rule, buckets, percent / 100, seededRandom(seed)),
    );
  const rules = { careful: ours(), "hawkBit's rule, same stages": hawkBit(carefulWidths, MIN_DEVICES) };
  const staged = Object.entries(rules).flatMap(([name, rule]) => [
    ...bad.flatMap((percent) => badFigures(name, percent, outcomes(rule, percent))),
    ...good.flatMap((percent) => goodFigures(name, percent, outcomes(rule, percent))),
  ]);
  const whole = bad.flatMap((percent) => wholeFigures(percent, outcomes(hawkBit([BUCKETS], 0), percent)));
  return { figures: [...staged, ...whole], notes: NOTES };
}

const NOTES = [
  `${FLEET.toLocaleString('en-US')} simulated devices, limit ${LIMIT_PERCENT} %, 5 % of them switched off, judged once a minute for a day; bench/simulated-rollout.ts says how long devices take.`,
  '`offered`: the target condition selected the device before the stop. `held`: neither stopped nor at everybody after a day, so a person has to decide.',
  "hawkBit's rule: a group ends the rollout when its errors exceed 10 % of all its devices; the next one starts when half of it has succeeded. It has no soak time and no smallest sample.",
  'An image that fails on little more than the limit cannot be told from one within it by few devices: whatever the rule, it stops early only by luck.',
];

function badFigures(name: string, percent: number, outcomes: readonly SimulatedOutcome[]): Figure[] {
  const figure = (text: string): string => `${name}, fails on ${percent} %: ${text}`;
  const offered = outcomes.map((outcome) => outcome.offered);
  const isGoal = name === 'careful' && percent === 100;
  return [
    { figure: figure('offered, median'), value: median(offered), unit: 'devices' },
    {
      figure: figure('offered, 95 of 100 runs at most'),
      value: percentile(offered, 0.95),
      unit: 'devices',
      ...(isGoal && { goal: atMost(20) }),
    },
    {
      figure: figure('failed, median'),
      value: median(outcomes.map(({ failed }) => failed)),
      unit: 'devices',
    },
    { figure: figure('offered to everybody'), value: shareOf(outcomes, 'everybody'), unit: '% of runs' },
    { figure: figure('held'), value: shareOf(outcomes, 'held'), unit: '% of runs' },
  ];
}

function goodFigures(name: string, percent: number, outcomes: readonly SimulatedOutcome[]): Figure[] {
  const figure = (text: string): string => `${name}, fails on ${percent} %: ${text}`;
  return [
    { figure: figure('stopped by mistake'), value: shareOf(outcomes, 'stopped'), unit: '% of runs' },
    { figure: figure('held'), value: shareOf(outcomes, 'held'), unit: '% of runs' },
  ];
}

/** Everybody is one group: what the rule is without stages, and what nobody stopped would be. */
function wholeFigures(percent: number, outcomes: readonly SimulatedOutcome[]): Figure[] {
  const failed = median(outcomes.map((outcome) => outcome.failed));
  const all = (FLEET * percent) / 100;
  return [
    { figure: `hawkBit's rule, one group, fails on ${percent} %: offered`, value: FLEET, unit: 'devices' },
    { figure: `hawkBit's rule, one group, fails on ${percent} %: failed`, value: failed, unit: 'devices' },
    { figure: `all at once, fails on ${percent} %: failed in the end`, value: all, unit: 'devices' },
  ];
}

function shareOf(outcomes: readonly SimulatedOutcome[], end: SimulatedOutcome['end']): number {
  return (100 * outcomes.filter((outcome) => outcome.end === end).length) / outcomes.length;
}

/** The service's own decisions on the plan `careful`. */
function ours(): SimulatedRule {
  const at = (minutes: number): Date => new Date(minutes * 60_000);
  return {
    widths: carefulWidths,
    minDevices: MIN_DEVICES,
    next: ({ stage, openedAt, now, evidence }) => {
      const stageOpenedAt = at(openedAt).toISOString();
      const createdAt = at(0).toISOString();
      const view = {
        state: 'running',
        plan: careful,
        stage,
        stageOpenedAt,
        approvedStage: -1,
        createdAt,
      } as const;
      return stepOf(decide(view, evidence, at(now)));
    },
  };
}

function stepOf(decision: Decision): SimulatedStep {
  switch (decision.kind) {
    case 'open-stage':
      return 'open';
    case 'pause':
    case 'stop':
      return 'stop';
    case 'complete':
      return 'complete';
    case 'nothing':
    case 'await-approval':
      return 'wait';
  }
}

/** The threshold conditions of hawkBit: shares of all devices of a group, whether they have answered or not. */
function hawkBit(widths: readonly number[], minDevices: number): SimulatedRule {
  return {
    widths,
    minDevices,
    next: ({ stage, groups }) => {
      if (groups.some(({ failed, offered }) => failed / offered > LIMIT_PERCENT / 100)) return 'stop';
      const newest = groups[stage];
      const isDone = newest !== undefined && newest.succeeded / newest.offered >= 0.5;
      return isDone && stage < widths.length - 1 ? 'open' : 'wait';
    },
  };
}
