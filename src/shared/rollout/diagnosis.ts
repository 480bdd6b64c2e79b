import type { DeviceUpdateState } from '../status/device-update.ts';
import type { HubConnection } from './device-connections.ts';
import type { Plan } from './plan.ts';
import { stuckSince, type WorkingState, workingStates } from './stuck.ts';

/** Why a device is stuck, as far as it is known. */
export const diagnoses = [
  'offline',
  'downloading',
  'verifying',
  'applied-not-back',
  'disabled',
  'deleted',
] as const;
export type Diagnosis = (typeof diagnoses)[number];

/** What the hub said of a stuck device, and when it was asked. */
export interface KnownConnection extends HubConnection {
  /** The state that the device was in, and since when: what the hub said is of no use for any other. */
  readonly state: string;
  readonly since: string;
  readonly askedAt: string;
}

/** A stuck device with the reason. Times are RFC 3339, UTC. */
export interface Stuck {
  /** Since when it is over its limit. */
  readonly since: string;
  readonly diagnosis: Diagnosis;
  /** When an absent device was last heard of, by the hub or by a report. */
  readonly offlineSince?: string;
  /** When the hub was asked; absent where it was not yet. */
  readonly askedAt?: string;
  /** The same for people: short sentences. */
  readonly text: string;
}

interface Update {
  readonly state: DeviceUpdateState;
  readonly since: string;
  readonly lastReportAt: string;
}

/** The device update, and why it is stuck where it is. What was known of it before it went on is not served. */
export function withDiagnosis<Given extends Update>(
  update: Given,
  known: KnownConnection | undefined,
  limits: Plan['limits'],
  now: Date,
): Given & { readonly stuck?: Stuck } {
  const since = stuckSince(update, limits, now);
  const state = workingStates.find((one) => one === update.state);
  if (since === undefined || state === undefined) return update;
  const isOfNow = known?.state === state && known.since === update.since;
  return { ...update, stuck: diagnose({ ...update, state }, since, isOfNow ? known : undefined) };
}

function diagnose(
  update: Update & { readonly state: WorkingState },
  since: string,
  known: KnownConnection | undefined,
): Stuck {
  const asked = { since, ...(known && { askedAt: known.askedAt }) };
  const doing = doingInWords(update);
  switch (known?.kind) {
    case undefined: {
      const text = `${doing}. IoT Hub was not asked yet whether it is connected.`;
      return { ...asked, diagnosis: atWork(update.state), text };
    }
    case 'connected': {
      const text = `${doing}. It was connected to IoT Hub at ${seconds(known.askedAt)}.`;
      return { ...asked, diagnosis: atWork(update.state), text };
    }
    case 'disconnected':
      return { ...asked, ...absent(update, later(known.lastActivityAt, update.lastReportAt)) };
    case 'disabled': {
      const text = `It is disabled in IoT Hub, so that it cannot connect. ${doing}.`;
      return { ...asked, diagnosis: 'disabled', text };
    }
    case 'unknown-device': {
      const text = `IoT Hub has no such device any more. ${doing}.`;
      return { ...asked, diagnosis: 'deleted', text };
    }
  }
}

/** A DevKit closes its connection for a download, and an image that was applied may not start. */
function absent(
  { state, since }: { readonly state: WorkingState; readonly since: string },
  offlineSince: string,
): Pick<Stuck, 'diagnosis' | 'offlineSince' | 'text'> {
  const offline = `offline since ${seconds(offlineSince)}`;
  switch (state) {
    case 'Downloading': {
      const text = `Downloading since ${seconds(since)}, ${offline}. A DevKit is offline while it downloads. It may still be at it, or has lost power or network.`;
      return { diagnosis: 'offline', offlineSince, text };
    }
    case 'Verifying': {
      const text = `Verifying since ${seconds(since)}, ${offline}.`;
      return { diagnosis: 'offline', offlineSince, text };
    }
    case 'Applying': {
      const text = `Applied the image at ${seconds(since)} and has not come back. It is ${offline}.`;
      return { diagnosis: 'applied-not-back', offlineSince, text };
    }
  }
}

function atWork(state: WorkingState): Diagnosis {
  switch (state) {
    case 'Downloading':
      return 'downloading';
    case 'Verifying':
      return 'verifying';
    case 'Applying':
      return 'applied-not-back';
  }
}

function doingInWords({ state, since }: { readonly state: WorkingState; readonly since: string }): string {
  switch (state) {
    case 'Downloading':
      return `Still downloading since ${seconds(since)}`;
    case 'Verifying':
      return `Still verifying since ${seconds(since)}`;
    case 'Applying':
      return `Applied the image at ${seconds(since)} and has not said what it runs`;
  }
}

/** The hub's own time may be behind a report, and a report behind the hub. */
function later(lastActivityAt: string | undefined, lastReportAt: string): string {
  return lastActivityAt !== undefined && lastActivityAt > lastReportAt ? lastActivityAt : lastReportAt;
}

function seconds(time: string): string {
  return time.replace(/\.\d+(?=Z$)/, '');
}
