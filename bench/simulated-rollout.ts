import { bucketOf, BUCKETS, isInWindow } from '../src/shared/rollout/bucket.ts';
import type { Evidence } from '../src/shared/rollout/gate.ts';
import { widen } from '../src/shared/rollout/stage-condition.ts';

/** Devices of one group: all, or those of one stage. */
export interface GroupCounts {
  readonly offered: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly working: number;
}

/** What a rule sees once a minute. */
export interface SimulatedView {
  /** Index of the newest open stage, and the minutes at which it opened and that passed since the start. */
  readonly stage: number;
  readonly openedAt: number;
  readonly now: number;
  /** For each open stage, the devices that it added. */
  readonly groups: readonly GroupCounts[];
  readonly evidence: Evidence;
}

export type SimulatedStep = 'wait' | 'open' | 'stop' | 'complete';

export interface SimulatedRule {
  /** Buckets of each stage, those of the stages before it included. */
  readonly widths: readonly number[];
  /** Devices that a stage adds at least: its window grows until it does. */
  readonly minDevices: number;
  readonly next: (view: SimulatedView) => SimulatedStep;
}

export interface SimulatedOutcome {
  /** `held`: neither stopped nor at everybody after a day; a person has to decide. */
  readonly end: 'stopped' | 'everybody' | 'held';
  readonly offered: number;
  readonly failed: number;
}

interface SimulatedDevice {
  readonly stage: number;
  readonly beginsAt: number;
  readonly endsAt: number;
  readonly fails: boolean;
}

const DAY_MINUTES = 24 * 60;
/** Switched off: such a device is offered the image and never answers. */
const SILENT_SHARE = 0.05;

/**
 * Rolls an image out to a simulated fleet. A device begins within a minute of the offer. It succeeds after
 * two to six minutes of download, check and restart; of those that the image fails on, half say so within
 * the first minute (the download or the check) and half fall back after their restart.
 * @param buckets the bucket of each device
 * @param failingShare 0 to 1
 * @param random uniform in 0 to 1, seeded
 */
export function simulateRollout(
  rule: SimulatedRule,
  buckets: readonly number[],
  failingShare: number,
  random: () => number,
): SimulatedOutcome {
  const start = Math.floor(random() * BUCKETS);
  const fleet = new SimulatedFleet(buckets, failingShare, random);
  let stage = -1;
  let openedAt = 0;
  let step: SimulatedStep = 'open';
  for (let now = 0; now <= DAY_MINUTES && step !== 'complete'; now++) {
    if (step === 'stop') return { end: 'stopped', ...fleet.exposure() };
    if (step === 'open') {
      stage++;
      openedAt = now;
      fleet.offer(stage, now, rule.widths[stage] ?? BUCKETS, start, rule.minDevices);
    }
    step = rule.next({ stage, openedAt, now, ...fleet.countsAt(now) });
  }
  return { end: stage === rule.widths.length - 1 ? 'everybody' : 'held', ...fleet.exposure() };
}

/** The buckets of a fleet with ids as a factory gives them. */
export function bucketsOfFleet(devices: number): number[] {
  return Array.from({ length: devices }, (_, index) => bucketOf(`devkit-${String(index).padStart(5, '0')}`));
}

class SimulatedFleet {
  readonly #random: () => number;
  readonly #failingShare: number;
  #waiting: readonly number[];
  /** Devices that have no end yet. */
  #active: SimulatedDevice[] = [];
  readonly #groups: { offered: number; succeeded: number; failed: number; working: number }[] = [];

  constructor(buckets: readonly number[], failingShare: number, random: () => number) {
    this.#waiting = buckets;
    this.#failingShare = failingShare;
    this.#random = random;
  }

  offer(stage: number, now: number, width: number, start: number, minDevices: number): void {
    let buckets = width;
    while (buckets < BUCKETS && this.#waitingIn(buckets, start).length < minDevices) buckets = widen(buckets);
    const chosen = this.#waitingIn(buckets, start);
    this.#waiting = this.#waiting.filter((bucket) => !isInWindow(bucket, buckets, start));
    this.#groups[stage] = { offered: chosen.length, succeeded: 0, failed: 0, working: 0 };
    for (const _ of chosen) {
      if (this.#random() >= SILENT_SHARE) this.#active.push(this.#begin(stage, now));
    }
  }

  #waitingIn(buckets: number, start: number): number[] {
    return this.#waiting.filter((bucket) => isInWindow(bucket, buckets, start));
  }

  #begin(stage: number, now: number): SimulatedDevice {
    const fails = this.#random() < this.#failingShare;
    const quickly = fails && this.#random() < 0.5;
    const beginsAt = now + this.#random();
    const takes = quickly ? this.#random() : 2 + 4 * this.#random();
    return { stage, beginsAt, endsAt: beginsAt + takes, fails };
  }

  countsAt(now: number): { groups: readonly GroupCounts[]; evidence: Evidence } {
    for (const group of this.#groups) group.working = 0;
    this.#active = this.#active.filter((device) => this.#count(device, now));
    return { groups: this.#groups, evidence: this.#evidence() };
  }

  /** Counts a device where it is; false where it has its end and needs no further look. */
  #count({ stage, beginsAt, endsAt, fails }: SimulatedDevice, now: number): boolean {
    const group = this.#groups[stage];
    if (!group || now < beginsAt) return true;
    if (now < endsAt) group.working++;
    else if (fails) group.failed++;
    else group.succeeded++;
    return now < endsAt;
  }

  #evidence(): Evidence {
    const newest = this.#groups.at(-1);
    const all = this.exposure();
    const sum = (count: (group: GroupCounts) => number): number =>
      this.#groups.reduce((total, group) => total + count(group), 0);
    return {
      succeeded: newest?.succeeded ?? 0,
      failed: newest?.failed ?? 0,
      stuck: 0,
      working: sum(({ working }) => working),
      targeted: newest?.offered ?? 0,
      ended: (newest?.succeeded ?? 0) + (newest?.failed ?? 0),
      targetedInAll: all.offered,
      endedInAll: sum(({ succeeded, failed }) => succeeded + failed),
    };
  }

  exposure(): { offered: number; failed: number } {
    return {
      offered: this.#groups.reduce((total, { offered }) => total + offered, 0),
      failed: this.#groups.reduce((total, { failed }) => total + failed, 0),
    };
  }
}
