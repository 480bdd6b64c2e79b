import type { Wanted } from '../firmware/examination.ts';
import { type Refusal, refusal } from '../firmware/refusal.ts';
import { bothConditions } from './condition-text.ts';
import type { FleetQueries } from './fleet-queries.ts';
import type { Plan } from './plan.ts';

type Fleet = Pick<FleetQueries, 'objection'>;
type Conditions = Pick<Plan, 'targetCondition' | 'stages'>;

/** What the hub does not take, as a path into the plan, and its words. */
export interface RejectedCondition {
  readonly path: string;
  readonly words: string;
}

/**
 * The condition that holds every one of a plan: who is in the target and in a stage with a condition of its
 * own. The windows of buckets are left out: the service writes them itself.
 */
export function wholeCondition({ targetCondition, stages }: Conditions): string {
  const own = stages.flatMap((stage) => (stage.kind === 'where' ? [`(${stage.where})`] : []));
  if (own.length === 0) return targetCondition;
  return bothConditions(targetCondition, own.join(' OR '));
}

/**
 * Which condition of a plan the hub does not take: it judges a condition by the same grammar whether it is
 * asked for devices or for a configuration. A good plan costs one twin query, a wrong one at most seven, where the
 * hub allows 20 a minute and unit. Throws HubError where the hub does not answer.
 */
export async function rejectedCondition(
  fleet: Fleet,
  plan: Conditions,
): Promise<RejectedCondition | undefined> {
  const whole = wholeCondition(plan);
  const words = await wordsAgainst(fleet, whole);
  if (words === undefined) return undefined;
  const { targetCondition, stages } = plan;
  const own = stages.flatMap((stage, index) =>
    stage.kind === 'where' ? [{ index, where: stage.where }] : [],
  );
  if (own.length === 0) return { path: 'targetCondition', words };
  const againstTarget = await wordsAgainst(fleet, targetCondition);
  if (againstTarget !== undefined) return { path: 'targetCondition', words: againstTarget };
  // Without a target they are the whole, about which the hub was asked.
  const againstAll = targetCondition === '*' ? words : undefined;
  return (await firstRejected(fleet, own, againstAll)) ?? { path: 'stages', words };
}

/**
 * The first of the conditions that the hub does not take, found by halves.
 * @param againstAll the hub's words against all of them together, where it was asked that
 */
async function firstRejected(
  fleet: Fleet,
  own: readonly { readonly index: number; readonly where: string }[],
  againstAll: string | undefined,
): Promise<RejectedCondition | undefined> {
  let words = againstAll;
  let good = 0;
  let bad = againstAll === undefined ? own.length + 1 : own.length;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    const together = own.slice(0, middle).map(({ where }) => `(${where})`);
    const against = await wordsAgainst(fleet, together.join(' OR '));
    if (against === undefined) good = middle;
    else [bad, words] = [middle, against];
  }
  const found = own[bad - 1];
  return found && words !== undefined ? { path: `stages.${found.index}.where`, words } : undefined;
}

async function wordsAgainst(fleet: Fleet, condition: string): Promise<string | undefined> {
  // Everybody and nobody need no grammar.
  if (condition === '*' || condition === '') return undefined;
  return fleet.objection(condition);
}

/** The refusal of an upload whose plan holds a condition that the hub does not take. Throws HubError. */
export async function conditionRefusal(
  fleet: Fleet,
  { planName, plan, targetCondition }: Pick<Wanted, 'planName' | 'plan' | 'targetCondition'>,
): Promise<Refusal | undefined> {
  const rejected = await rejectedCondition(fleet, { ...plan, targetCondition });
  if (rejected === undefined) return undefined;
  const { path, words } = rejected;
  if (path === 'targetCondition') {
    return refusal(
      'configuration-rejected',
      `The hub does not take the target condition ${targetCondition}: "${words}". Correct it and upload the image again.`,
    );
  }
  return refusal(
    'plan-invalid',
    `The plan "${planName}" is wrong at ${path}: the hub does not take it: "${words}". Correct it, then upload the image again.`,
  );
}
