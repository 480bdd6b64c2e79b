import { BUCKETS } from './bucket.ts';
import type { Plan } from './plan.ts';
import { stageCondition } from './stage-condition.ts';

/** Characters of a query (https://learn.microsoft.com/azure/iot-hub/query-twins). */
export const MAX_QUERY = 8192;

/**
 * Characters of a target condition. The hub documents no bound for it but the one of a query, which it is a part
 * of: some is left for the query's own words and for what a dry run asks about its devices.
 */
export const MAX_CONDITION = 7000;

/** A priority is a positive integer, documented without a bound: that of the 32 bits that the SDKs give it. */
export const MAX_PRIORITY = 2 ** 31 - 1;

/** No limits of labels are documented: what the portal takes in names of configurations, short enough to be read there. */
export const LABEL = /^[A-Za-z0-9:.+%_#*?!(),=@;' -]{1,128}$/;

/** Beside those that the service sets; the configuration has to stay readable in the portal. */
const MAX_LABELS = 20;

const reservedLabels = ['version', 'crc16', 'size', 'sha256', 'deviceType'] as const;

/** Whether the service sets this label itself, in whatever case it is written. */
export function isReservedLabel(name: string): boolean {
  return reservedLabels.some((reserved) => reserved.toLowerCase() === name.toLowerCase());
}

/** What of a plan the hub's configuration cannot hold; the message goes on after the member's name. */
export interface ConfigurationFault {
  readonly member: 'labels' | 'stages';
  readonly message: string;
}

/**
 * Whether everything that a rollout will ever put on the hub fits into a configuration: asked of a plan as it is
 * written, and again of the one that an upload's own words have changed. Undefined where it does. Pure.
 */
export function configurationFault(
  plan: Pick<Plan, 'targetCondition' | 'stages' | 'labels'>,
): ConfigurationFault | undefined {
  const names = Object.keys(plan.labels);
  const reserved = names.find(isReservedLabel);
  if (reserved !== undefined) {
    return { member: 'labels', message: `"${reserved}" is set by the service; choose another name` };
  }
  if (names.length > MAX_LABELS) {
    return { member: 'labels', message: `there are ${names.length} labels, at most ${MAX_LABELS} are taken` };
  }
  const message = lengthFault(plan);
  return message === undefined ? undefined : { member: 'stages', message };
}

/** Why the conditions of a plan do not fit into a configuration, the longest that it will have; undefined where they do. */
export function lengthFault(plan: Pick<Plan, 'targetCondition' | 'stages'>): string | undefined {
  const longest = Math.max(
    ...plan.stages.map((_, index) => stageCondition(plan, index, 0, BUCKETS - 1).length),
  );
  return longest <= MAX_CONDITION
    ? undefined
    : `its conditions together have ${longest} characters, at most ${MAX_CONDITION} fit into a configuration`;
}
