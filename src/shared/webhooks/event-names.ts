import { journalActions } from '../rollout/journal.ts';

/** Everything that is announced; the part before the dot is its kind. */
export const eventNames = [
  ...journalActions.map((action) => `rollout.${action}` as const),
  'device.failed',
  'device.reverted',
  'upload.admitted',
  'upload.refused',
] as const;
export type EventName = (typeof eventNames)[number];

export const eventKinds = ['rollout', 'device', 'upload'] as const;

/** Asked for by a person to try an endpoint; no filter holds it back. */
export const TEST_EVENT = 'webhook.tested';

/**
 * The `type` of the CloudEvent: a reverse domain name, as its specification advises, and the version of the
 * event's data. A change that a receiver could trip over makes it `v2`.
 */
export function eventType(name: EventName | typeof TEST_EVENT): string {
  return `io.github.iot-firmware-ota.${name}.v1`;
}

/** The names that an item of the setting stands for, a kind or one name; none where it is neither. */
export function namesIn(item: string): readonly EventName[] {
  return eventNames.filter((name) => name === item || name.startsWith(`${item}.`));
}
