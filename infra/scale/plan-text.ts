import type { CostDriver } from './cost-drivers.ts';
import { durationText, numberText } from './duration-text.ts';
import type { Fleet, FleetPlan } from './fleet-plan.ts';
import { alignedTable } from './text-table.ts';

/** The plan for a fleet as a page of plain text. */
export function planText(fleet: Fleet, plan: FleetPlan, drivers: readonly CostDriver[]): string {
  return [heading(fleet, plan), ...problems(plan), tagText(plan), steps(plan), stages(plan), costs(drivers)]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

function heading(fleet: Fleet, plan: FleetPlan): string {
  const { rollout, aDay, days } = plan.messages;
  return [
    `${numberText(fleet.devices)} devices on ${fleet.units} x ${fleet.tier}, plan ${fleet.planName}, image of ${numberText(fleet.imageBytes / 1000)} kB`,
    `Time to offer and update everybody, at least: ${durationText(plan.seconds)}`,
    `What takes longest: ${plan.bottleneck}`,
    `Messages: ${numberText(rollout)} of ${numberText(aDay)} a day${days > 1 ? `, so ${days} days` : ''}`,
  ].join('\n');
}

function problems(plan: FleetPlan): readonly string[] {
  return plan.problems.map((problem) => `Does not fit: ${problem}`);
}

function tagText({ tags }: FleetPlan): string {
  if (!tags) return '';
  return `Before the first plan with shares, once: ${durationText(tags.seconds)} for ${tags.step} at ${numberText(tags.perSecond)} a second (${tags.limit}; ${tags.setting})`;
}

function steps(plan: FleetPlan): string {
  const rows = plan.steps.map(({ step, amount, unit, perSecond, seconds, limit, setting }) => [
    step,
    `${numberText(amount)} ${unit}`,
    `${numberText(perSecond)}/s`,
    durationText(seconds),
    limit,
    setting,
  ]);
  return `All devices at once; the steps run side by side\n${alignedTable(['step', 'amount', 'limit', 'takes', 'which limit', 'what moves it'], rows)}`;
}

function stages(plan: FleetPlan): string {
  const rows = plan.stages.map(({ stage, offered, added, seconds }) => [
    stage,
    numberText(offered),
    numberText(added),
    durationText(seconds),
  ]);
  return `Stages\n${alignedTable(['stage', 'offered', 'added', 'takes at least'], rows)}`;
}

function costs(drivers: readonly CostDriver[]): string {
  const rows = drivers.map(({ meter, quantity, arithmetic, cost }) => [
    meter,
    numberText(quantity),
    cost === undefined ? '-' : cost.toFixed(2),
    arithmetic,
  ]);
  const known = drivers.flatMap(({ cost }) => (cost === undefined ? [] : [cost]));
  const sum = known.reduce((total, cost) => total + cost, 0);
  return `What a month with one such rollout makes Azure count${known.length > 0 ? `: ${sum.toFixed(2)} where a price is known` : ' (prices: --prices FILE)'}\n${alignedTable(['meter', 'quantity', 'cost', 'arithmetic'], rows)}`;
}
