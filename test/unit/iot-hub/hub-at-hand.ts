import type { IotHubOptions } from '../../../local/iot-hub/hub.ts';
import { IotHub } from '../../../local/iot-hub/hub.ts';
import type { HubSnapshot } from '../../../local/iot-hub/hub-snapshot.ts';
import type { HubLimits } from '../../../local/iot-hub/limits.ts';
import { standardLimits } from '../../../local/iot-hub/limits.ts';
import type { JsonObject } from '../../../local/iot-hub/merge-patch.ts';
import type { RoutedEvent } from '../../../local/iot-hub/routed-event.ts';

export const START = new Date('2020-10-21T14:10:42.417Z');
/** Runs through all hubs of a test file: two of them never draw the same keys by chance. */
let drawn = 0;

export const AFTER_CHANGE = 50;
export const INTERVAL = 5 * 60_000;

/** A hub whose time passes only when the test says so. */
export interface HubAtHand {
  hub: IotHub;
  events: RoutedEvent[];
  /** Lets time pass and runs what falls due, in order. */
  pass: (ms: number) => void;
  /** Lets the evaluation after a change happen. */
  evaluate: () => void;
  scheduled: () => number;
  options: IotHubOptions;
}

export function hubAtHand(settings: { limits?: Partial<HubLimits>; snapshot?: HubSnapshot } = {}): HubAtHand {
  const events: RoutedEvent[] = [];
  const time = virtualTime();
  const options: IotHubOptions = {
    hostName: 'myhub.azure-devices.net',
    now: () => new Date(START.getTime() + time.elapsed()),
    schedule: time.schedule,
    emit: (event) => events.push(event),
    limits: { ...standardLimits, ...settings.limits },
    evaluation: { afterChangeMs: AFTER_CHANGE, intervalMs: INTERVAL },
    random: (bytes) => Buffer.alloc(bytes, ++drawn),
  };
  const hub = settings.snapshot ? IotHub.restore(options, settings.snapshot) : new IotHub(options);
  return {
    hub,
    events,
    pass: time.pass,
    evaluate: () => time.pass(AFTER_CHANGE),
    scheduled: time.scheduled,
    options,
  };
}

function virtualTime() {
  let elapsed = 0;
  let due: { at: number; task: () => void }[] = [];
  return {
    elapsed: () => elapsed,
    scheduled: () => due.length,
    schedule: (delayMs: number, task: () => void) => {
      const entry = { at: elapsed + delayMs, task };
      due.push(entry);
      return { cancel: () => (due = due.filter((other) => other !== entry)) };
    },
    pass: (ms: number) => {
      const end = elapsed + ms;
      for (;;) {
        const next = due.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (!next) break;
        due = due.filter((entry) => entry !== next);
        elapsed = next.at;
        next.task();
      }
      elapsed = end;
    },
  };
}

/** Creates devices, each with its tags. */
export function addDevices(hub: IotHub, tagsById: Record<string, JsonObject>): void {
  for (const [deviceId, tags] of Object.entries(tagsById)) {
    hub.devices.create(deviceId, { deviceId });
    if (Object.keys(tags).length > 0) hub.twins.update(deviceId, { tags }, undefined);
  }
}

/** Creates a configuration that sets `properties.desired.firmware` on every device unless told otherwise. */
export function addConfiguration(hub: IotHub, id: string, members: Record<string, unknown> = {}): void {
  hub.configurations.create(id, {
    id,
    content: { deviceContent: { 'properties.desired.firmware': { fwVersion: id } } },
    targetCondition: '*',
    priority: 10,
    ...members,
  });
}

export function desiredOf(hub: IotHub, deviceId: string): JsonObject {
  const device = hub.snapshot().devices.find((candidate) => candidate.deviceId === deviceId);
  return device?.twin.desired.values ?? {};
}

export function statusesOf(hub: IotHub, deviceId: string): Record<string, string> | undefined {
  return hub.snapshot().devices.find((device) => device.deviceId === deviceId)?.configurations;
}

export function bodyOf(event: RoutedEvent | undefined): unknown {
  return event && JSON.parse(event.body.toString());
}
