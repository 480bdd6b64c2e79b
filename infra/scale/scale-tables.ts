import { builtInPlans } from '../../src/shared/rollout/built-in-plans.ts';
import { costDrivers } from './cost-drivers.ts';
import { durationText, numberText } from './duration-text.ts';
import { type Fleet, fleetPlan, type Step } from './fleet-plan.ts';
import { markdownTable } from './text-table.ts';

/** Fleets that docs/scale.md and docs/deploy.md calculate with, each on the smallest hub that suits it. */
export const exampleFleets: readonly Fleet[] = [
  exampleFleet({ devices: 100 }),
  exampleFleet({ devices: 10_000 }),
  exampleFleet({ devices: 100_000, tier: 'S2', units: 1, tagsPerSecond: 40 }),
  exampleFleet({
    devices: 1_000_000,
    tier: 'S3',
    units: 4,
    partitions: 16,
    throughputUnits: 4,
    tagsPerSecond: 500,
  }),
];

/** Those of docs/deploy.md. */
export const deployFleets = exampleFleets.filter(({ devices }) => devices !== 100_000);

function exampleFleet(given: Pick<Fleet, 'devices'> & Partial<Fleet>): Fleet {
  return {
    tier: 'S1',
    units: 1,
    partitions: 4,
    throughputUnits: 1,
    tagsPerSecond: 20,
    imageBytes: 300_000,
    planName: 'careful',
    plan: builtInPlans.careful,
    ...given,
  };
}

const hubText = ({ tier, units }: Fleet) => `${units} x ${tier}`;

/** What each step takes for each fleet, all devices at once. */
export function stepTable(fleets: readonly Fleet[]): string {
  const plans = fleets.map((fleet) => fleetPlan(fleet));
  const names = plans[0]?.steps.map(({ step }) => step) ?? [];
  const cell = (step: Step | undefined) => (step ? durationText(step.seconds) : '');
  const rows = names.map((name) => [
    name,
    ...plans.map(({ steps }) => cell(steps.find(({ step }) => step === name))),
  ]);
  return markdownTable(
    ['all devices at once', ...fleets.map(({ devices }) => numberText(devices))],
    [
      ['hub', ...fleets.map(hubText)],
      ['bucket tags, once in the life of a fleet', ...plans.map(({ tags }) => cell(tags))],
      ...rows,
      ['**binds first**', ...fleets.map((fleet) => `**${bindsFirst(fleet)}**`)],
      [
        '`careful`, from the first stage to the last end',
        ...plans.map(({ seconds }) => durationText(seconds)),
      ],
    ],
  );
}

/** Without the plan's own soak times, which no limit of Azure moves. */
function bindsFirst(fleet: Fleet): string {
  return fleetPlan({ ...fleet, planName: 'all-at-once', plan: builtInPlans['all-at-once'] }).bottleneck;
}

/** What is moved by what, from the documented limits. */
export function limitTable(fleet: Fleet): string {
  const rows = fleetPlan(fleet).steps.map(({ step, limit, source, setting }) => [
    step,
    `[${limit}](${source})`,
    setting,
  ]);
  return markdownTable(['step', 'documented limit', 'what moves it'], rows);
}

/** What a month with one rollout makes Azure count. */
export function costTable(fleets: readonly Fleet[]): string {
  const drivers = fleets.map((fleet) => costDrivers(fleet));
  const meters = drivers[0]?.map(({ meter }) => meter) ?? [];
  const rows = meters.map((meter) => [
    `\`${meter}\``,
    ...drivers.map((of) => numberText(of.find((driver) => driver.meter === meter)?.quantity ?? 0)),
  ]);
  return markdownTable(
    ['counted in a month', ...fleets.map(({ devices }) => `${numberText(devices)} devices`)],
    [['hub', ...fleets.map(hubText)], ...rows],
  );
}

/** How the quantities of one fleet come about. */
export function arithmeticTable(fleet: Fleet): string {
  const rows = costDrivers(fleet).map(({ meter, arithmetic }) => [`\`${meter}\``, arithmetic]);
  return markdownTable(['meter', `for ${numberText(fleet.devices)} devices`], rows);
}
