import type { AnnouncedUpload } from '../../../src/shared/firmware/upload-outbox.ts';
import { builtInPlans } from '../../../src/shared/rollout/built-in-plans.ts';
import { type AuditEntry, journalActions } from '../../../src/shared/rollout/journal.ts';
import type { AnnouncedEnd } from '../../../src/shared/status/device-end-outbox.ts';
import {
  type CloudEvent,
  cloudEvent,
  eventSource,
  testEvent,
} from '../../../src/shared/webhooks/cloud-event.ts';
import {
  deviceHappening,
  rolloutHappening,
  uploadHappening,
} from '../../../src/shared/webhooks/happenings.ts';

export const SOURCE = eventSource('my-hub.azure-devices.net');

export const rollout = {
  id: 'fw-iotdevkit-1-0-1',
  deviceType: 'IoTDevKit',
  version: '1.0.1',
  createdAt: '2026-03-01T09:00:00.000Z',
  shards: 4,
  plan: builtInPlans.careful,
};

export const entry: AuditEntry = {
  rollout: rollout.id,
  revision: 3,
  at: '2026-03-01T10:00:00.000Z',
  action: 'gate-failed',
  actor: 'service',
  reason: '6 of 10 devices failed: surely more than 10 %',
  state: 'stopped',
  stage: 0,
  inputs: { targeted: 10, succeeded: 4, failed: 6, stuck: 0, ended: 10 },
};

export const end: AnnouncedEnd = {
  rollout,
  deviceId: 'devkit-0007',
  end: {
    state: 'Failed',
    attempt: 1,
    at: '2026-03-01T09:30:12.000Z',
    reason: 'VerifyFailed',
    currentVersion: '1.0.0',
  },
};

export const upload: AnnouncedUpload = {
  path: 'FirmwareOTA-1.0.1.bin',
  etag: '0x8DC4F1A2B3C4D5E',
  outcome: { kind: 'admitted', rolloutId: rollout.id, releasedNow: true },
  recordedAt: '2026-03-01T09:00:01.000Z',
};

export const refusedUpload: AnnouncedUpload = {
  ...upload,
  path: 'full-1.0.2.bin',
  outcome: {
    kind: 'refused',
    refusal: {
      code: 'image-full-flash',
      message: 'This is an image of the whole flash. Upload the part from 0xC000 on.',
    },
  },
};

/** One event of each type, in the order of their names. */
export function everyEvent(): readonly CloudEvent[] {
  const uploads = [upload, refusedUpload].map(uploadHappening).filter((item) => item !== undefined);
  const reverted = { ...end.end, state: 'Reverted', reason: '' } as const;
  const happenings = [
    ...journalActions.map((action, revision) => rolloutHappening({ ...entry, action, revision }, rollout)),
    deviceHappening(end),
    deviceHappening({ ...end, deviceId: 'devkit-0008', end: reverted }),
    ...uploads,
  ];
  const test = testEvent(SOURCE, 'a-random-id', 'operator@example.com', new Date('2026-03-01T11:00:00.000Z'));
  return [...happenings.map((happening) => cloudEvent(SOURCE, happening)), test];
}
