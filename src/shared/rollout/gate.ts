import type { Gate } from './plan.ts';
import { type Interval, wilsonInterval } from './wilson.ts';

/** What is known of a stage. Counts of devices. */
export interface Evidence {
  /** Of this stage: reached the end since it opened. */
  readonly succeeded: number;
  /** Of this stage: Failed and Reverted, with those that try again after such an end. */
  readonly failed: number;
  /** Of all open stages: in a working state past the plan's limit. A device that hangs speaks against every stage. */
  readonly stuck: number;
  /** All devices in working states, stuck ones included; not those that try again, which count as failed. */
  readonly working: number;
  /**
   * Of this stage: devices that it added to those that were selected before. Those must have been counted for
   * its condition: the number of the stage before would make the new one look finished.
   */
  readonly targeted: number;
  /** Of this stage: reached any end since it opened, AlreadyCurrent included. */
  readonly ended: number;
  /** The same of all open stages. */
  readonly targetedInAll: number;
  readonly endedInAll: number;
}

export type GateRule =
  | 'max-failed'
  | 'max-stuck'
  | 'failed-share'
  | 'soak'
  | 'nobody-targeted'
  | 'min-answered'
  | 'min-succeeded'
  | 'nobody-left';

/** One rule and what it says of the evidence, for people. */
export interface Reason<Rule extends string = string> {
  readonly rule: Rule;
  readonly text: string;
}

export interface GateVerdict {
  readonly kind: 'pass' | 'wait' | 'fail';
  /** Every rule that fails it; else every rule that is still waited for; else those that it passed by. */
  readonly reasons: readonly Reason<GateRule>[];
}

/**
 * What the gate of an open stage says. `fail`: the limits are passed, in all likelihood or for certain.
 * `pass`: the next stage may open. `wait`: neither can be said yet. A wait with the rule `nobody-left` will not
 * end by itself, because the soak time is over and every device has its end: a person has to decide.
 */
export function judgeGate(gate: Gate, evidence: Evidence, openedAt: Date, now: Date): GateVerdict {
  const failures = failureReasons(gate, evidence);
  if (failures.length > 0) return { kind: 'fail', reasons: failures };
  const missing = missingReasons(gate, evidence, openedAt, now);
  if (missing.length === 0) return { kind: 'pass', reasons: [shareReason(gate, evidence)] };
  return { kind: 'wait', reasons: missing };
}

/** Whether every device that was offered the image has an end. */
export function hasEverybodyEnded({ targetedInAll, endedInAll }: Evidence): boolean {
  return targetedInAll > 0 && endedInAll >= targetedInAll;
}

/** Whether no further evidence will come: the devices of the stage, or where it added none all of them, have ends. */
function isNobodyLeft(evidence: Evidence): boolean {
  const { targeted, ended } = evidence;
  return targeted > 0 ? ended >= targeted : hasEverybodyEnded(evidence);
}

function failureReasons(gate: Gate, evidence: Evidence): Reason<GateRule>[] {
  const { failed, stuck } = evidence;
  const reasons: Reason<GateRule>[] = [];
  if (gate.maxFailed !== undefined && failed > gate.maxFailed) {
    reasons.push({ rule: 'max-failed', text: `${devices(failed)} failed, at most ${gate.maxFailed} may` });
  }
  if (gate.maxStuck !== undefined && stuck > gate.maxStuck) {
    reasons.push({ rule: 'max-stuck', text: `${devices(stuck)} stuck, at most ${gate.maxStuck} may be` });
  }
  const begun = begunDevices(evidence);
  const { lower } = wilsonInterval(failed, begun);
  if (failed > 0 && lower > gate.maxFailedPercent / 100) {
    const text = `${failed} of ${devices(begun)} failed: at least ${percent(lower)} would, at most ${gate.maxFailedPercent} % may`;
    reasons.push({ rule: 'failed-share', text });
  }
  return reasons;
}

/**
 * The sample in which failures are weighed against a stop. A device at work counts for the image: failing is
 * often quicker than succeeding, so among the first to answer failures are far more than they will be in the
 * end. A stuck one has had its time and counts neither way.
 */
function begunDevices({ succeeded, failed, working, stuck }: Evidence): number {
  return succeeded + failed + Math.max(0, working - stuck);
}

function missingReasons(gate: Gate, evidence: Evidence, openedAt: Date, now: Date): Reason<GateRule>[] {
  const reasons = missingEvidence(gate, evidence);
  const soakEnds = new Date(openedAt.getTime() + gate.soakMinutes * 60_000);
  if (now.getTime() < soakEnds.getTime()) {
    return [{ rule: 'soak', text: `the soak time ends at ${soakEnds.toISOString()}` }, ...reasons];
  }
  if (reasons.length > 0 && isNobodyLeft(evidence)) {
    const text = 'every device has its end, so no further evidence will come: a person has to decide';
    reasons.push({ rule: 'nobody-left', text });
  }
  return reasons;
}

/** What the evidence does not show yet. */
function missingEvidence(gate: Gate, evidence: Evidence): Reason<GateRule>[] {
  const { succeeded, failed, stuck, targeted } = evidence;
  const reasons: Reason<GateRule>[] = [];
  if (gate.minAnswered > 0 && targeted === 0) {
    reasons.push({ rule: 'nobody-targeted', text: 'the stage adds no device' });
  }
  const answered = succeeded + failed;
  if (answered < gate.minAnswered) {
    reasons.push({ rule: 'min-answered', text: `${answered} of ${devices(gate.minAnswered)} answered` });
  }
  if (!isShareProven(gate, evidence)) reasons.push(shareReason(gate, evidence));
  const share = ratio(succeeded, answered + stuck);
  if (gate.minSucceededPercent !== undefined && share < gate.minSucceededPercent / 100) {
    const text = `${percent(share)} succeeded, at least ${gate.minSucceededPercent} % must`;
    reasons.push({ rule: 'min-succeeded', text });
  }
  return reasons;
}

/**
 * Whether the share of failures is shown to be within its limit: by the bound, or as it was observed where
 * enough devices have their end, since a small stage can never satisfy a bound. A gate that asks for no
 * answers asks for no proof either.
 */
function isShareProven(gate: Gate, evidence: Evidence): boolean {
  const limit = gate.maxFailedPercent / 100;
  const { upper } = shareInterval(evidence);
  if (upper <= limit) return true;
  const { failed, succeeded, targeted, ended } = evidence;
  const enough = targeted > 0 && ended / targeted >= (gate.minEndedPercent ?? 100) / 100;
  return (enough || gate.minAnswered === 0) && ratio(failed, succeeded + failed) <= limit;
}

function shareInterval({ succeeded, failed }: Evidence): Interval {
  return wilsonInterval(failed, succeeded + failed);
}

function shareReason(gate: Gate, evidence: Evidence): Reason<GateRule> {
  const { lower, upper } = shareInterval(evidence);
  const { failed, succeeded, ended, targeted } = evidence;
  const text =
    `${failed} of ${devices(succeeded + failed)} failed: ${percent(lower)} to ${percent(upper)} would, ` +
    `at most ${gate.maxFailedPercent} % may; ${ended} of ${targeted} have an end`;
  return { rule: 'failed-share', text };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function devices(count: number): string {
  return count === 1 ? '1 device' : `${count} devices`;
}
