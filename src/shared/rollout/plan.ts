import { planDocument } from './plan-schema.ts';
import type { RolloutWindow } from './rollout-window.ts';

/** What must hold before the next stage opens, and what ends the rollout. Percentages are 0 to 100. */
export interface Gate {
  /** Devices of the stage that must have succeeded or failed. 0: time alone opens the next stage. */
  readonly minAnswered: number;
  /** The share of the devices that may fail. */
  readonly maxFailedPercent: number;
  /** One device more that fails ends it, whatever the share. */
  readonly maxFailed?: number;
  /** One device more that is stuck ends it. */
  readonly maxStuck?: number;
  /** How long the stage stays open at least. */
  readonly soakMinutes: number;
  /** The share of the devices that succeeded, of those that succeeded, failed or are stuck. */
  readonly minSucceededPercent?: number;
  /**
   * The share of the offered devices that must have an end before a sample too small for a bound is taken as
   * it is. Absent: every one, so that a single device that is switched off holds a small stage.
   */
  readonly minEndedPercent?: number;
}

/** A step of a rollout: a share of the devices, or those that a condition of its own selects. */
export type Stage = {
  readonly name: string;
  /** How many devices it adds at least; a share that adds fewer grows. */
  readonly minDevices: number;
  /** Whether a person must approve before it opens. */
  readonly approval: boolean;
  readonly gate: Gate;
} & (
  | { readonly kind: 'percent'; readonly percent: number }
  | { readonly kind: 'where'; readonly where: string }
);

/** How a release is rolled out. */
export interface Plan {
  /** `*` for every device, else a WHERE expression over twin tags and reported properties. */
  readonly targetCondition: string;
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly stages: readonly [Stage, ...Stage[]];
  /** How long a device may stay in each working state before it counts as stuck. */
  readonly limits: {
    readonly downloadingMinutes: number;
    readonly verifyingMinutes: number;
    readonly applyingMinutes: number;
  };
  readonly onGateFailed: 'pause' | 'stop';
  /** When stages may open; absent: always. */
  readonly window?: RolloutWindow;
  /** How many completed rollouts of the same device type stay on the hub beside this one. */
  readonly keepSuperseded: number;
  /** Counted from the rollout's start; absent: it waits for every device. */
  readonly deadlineHours?: number;
}

export type ParsedPlan =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly path: string; readonly message: string };

/**
 * Reads a plan's JSON text. The first thing that is wrong is named with its path, e.g. `stages.1.percent`;
 * the path is empty where the text as a whole is wrong.
 */
export function parsePlan(text: string): ParsedPlan {
  let document: unknown;
  try {
    // Editors on Windows write a byte order mark, which JSON does not know.
    document = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return {
      ok: false,
      path: '',
      message: `no JSON: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  const parsed = planDocument.safeParse(document);
  if (parsed.success) return { ok: true, plan: parsed.data };
  const [issue] = parsed.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  return {
    ok: false,
    path: [...(issue?.path ?? []), ...unknown].map(String).join('.'),
    message: unknown.length > 0 ? 'there is no such member' : (issue?.message ?? 'no plan'),
  };
}
