import type { Rollout } from '../../src/shared/rollout/rollout.ts';
import type { RawTwinEvent } from '../../src/shared/status/twin-change.ts';
import type { Dice } from './dice.ts';

type Firmware = Readonly<Record<string, string>>;

/** One change of a device's twin as its hub sends it. `kind` is what the ledger ought to make of it. */
export interface TwinEvent {
  readonly deviceId: string;
  readonly version: number;
  readonly hubTime: string;
  readonly kind: 'report' | 'other' | 'garbage';
  readonly firmware: Firmware;
}

/**
 * A device that behaves like the DevKit, with all that goes wrong with one: restarts, errors that last
 * until a reset, falling back, twin changes of other things, patches with few members, nonsense.
 */
export class FleetDevice {
  readonly id: string;
  #running = '1.0.0';
  #version = 0;
  #startedAt = '';
  #todo: Firmware[] = [];
  /** Members of changes that the hub has not told of, for the next notification. */
  #merged: Firmware = {};

  constructor(id: string) {
    this.id = id;
  }

  /** The notification of the device's next change, if there is one: the hub may merge it with the next. */
  next(dice: Dice, now: string, targets: readonly string[]): TwinEvent | undefined {
    if (this.#todo.length === 0) this.#todo = this.#plan(dice, now, targets);
    const firmware = this.#todo.shift() ?? {};
    this.#version += 1;
    if (dice.chance(0.05)) return this.#event(now, 'other', {});
    if (dice.chance(0.02)) return this.#event(now, 'garbage', { fwUpdateStatus: 'exploded' });
    this.#merged = { ...this.#merged, ...firmware };
    if (dice.chance(0.1)) return undefined;
    const event = this.#event(now, 'report', this.#merged);
    this.#merged = {};
    return event;
  }

  /** Deleted and created again under the same id: versions and firmware start anew. */
  recreate(): void {
    this.#version = 0;
    this.#running = '1.0.0';
    this.#todo = [];
    this.#merged = {};
  }

  #event(hubTime: string, kind: TwinEvent['kind'], firmware: Firmware): TwinEvent {
    return { deviceId: this.id, version: this.#version, hubTime, kind, firmware };
  }

  #plan(dice: Dice, now: string, targets: readonly string[]): Firmware[] {
    const newer = targets.filter((target) => target > this.#running);
    if (newer.length === 0 || dice.chance(0.3)) return [this.#report('Current', '')];
    return this.#update(dice, now, dice.pick(newer));
  }

  #update(dice: Dice, now: string, target: string): Firmware[] {
    this.#startedAt = now;
    const started = { lastFwUpdateStartTime: now, lastFwUpdateEndTime: '' };
    const steps: Firmware[] = [
      { ...this.#report('Downloading', target, 'https://h/x.bin?sig=s3cret'), ...started },
    ];
    if (dice.chance(0.15)) return [...steps, this.#report('Current', '')];
    if (dice.chance(0.2)) steps.push(this.#report('Verifying', target));
    if (dice.chance(0.25)) return [...steps, ...this.#failure(dice, target)];
    const applying = {
      ...this.#report('Applying', target),
      lastFwUpdateStartTime: this.#startedAt,
      lastFwUpdateEndTime: now,
    };
    steps.push(dice.chance(0.08) ? { fwUpdateStatus: 'applying' } : applying);
    if (dice.chance(0.7)) this.#running = target;
    steps.push(this.#report('Current', ''));
    return steps;
  }

  #failure(dice: Dice, target: string): Firmware[] {
    const noTimes = { lastFwUpdateStartTime: '', lastFwUpdateEndTime: '' };
    const error = {
      ...this.#report('Error', target, dice.pick(['VerifyFailed', 'DownloadFailed'])),
      ...noTimes,
    };
    const repeated = dice.chance(0.2) ? [error] : [];
    return [error, ...repeated, ...(dice.chance(0.7) ? [this.#report('Current', '')] : [])];
  }

  #report(status: string, pending: string, substatus = ''): Firmware {
    return {
      type: 'IoTDevKit',
      currentFwVersion: this.#running,
      pendingFwVersion: pending,
      fwUpdateStatus: status,
      fwUpdateSubstatus: substatus,
    };
  }
}

/** The event as the function gets it. */
export function rawEvent(event: TwinEvent, sequenceNumber: number, enqueuedAt: string): RawTwinEvent {
  const reported = event.kind === 'other' ? { temperature: 20 } : { firmware: event.firmware };
  return {
    body: { version: event.version + 1, properties: { reported: { ...reported, $version: event.version } } },
    properties: {
      deviceId: event.deviceId,
      opType: 'updateTwin',
      operationTimestamp: event.hubTime,
      'iothub-message-schema': 'twinChangeNotification',
    },
    systemProperties: {},
    sequenceNumber,
    enqueuedAt,
  };
}

export function rolloutOf(version: string, createdAt: string, shards: number): Rollout {
  return {
    id: `fw-iotdevkit-${version.replaceAll('.', '-')}`,
    deviceType: 'IoTDevKit',
    version,
    createdAt,
    shards,
  };
}
