import type { AnnouncedUpload } from '../firmware/upload-outbox.ts';
import type { AuditEntry } from '../rollout/journal.ts';
import type { RolloutRecord } from '../rollout/rollout.ts';
import type { AnnouncedEnd } from '../status/device-end-outbox.ts';
import { eventText, type Happening } from './cloud-event.ts';

/** What is told of a rollout beside the entry of its journal. */
type TellingRollout = Pick<RolloutRecord, 'id' | 'deviceType' | 'version' | 'plan'>;

/** A transition of a rollout, as its journal tells it. */
export function rolloutHappening(entry: AuditEntry, rollout: TellingRollout): Happening {
  const { revision, at, action, actor, reason, state, stage, inputs } = entry;
  const texts = Object.entries(inputs).map(([name, value]) => [
    name,
    typeof value === 'string' ? eventText(value) : value,
  ]);
  return {
    name: `rollout.${action}`,
    identity: [rollout.id, revision, at],
    subject: `rollouts/${rollout.id}`,
    time: at,
    data: {
      rollout: rollout.id,
      deviceType: rollout.deviceType,
      version: rollout.version,
      revision,
      state,
      stage,
      stageName: eventText(rollout.plan.stages[stage]?.name ?? ''),
      actor,
      reason: eventText(reason),
      inputs: Object.fromEntries(texts),
    },
  };
}

/** A device whose attempt ended badly. */
export function deviceHappening({ rollout, deviceId, end }: AnnouncedEnd): Happening {
  const { state, attempt, at, reason, currentVersion } = end;
  return {
    name: state === 'Failed' ? 'device.failed' : 'device.reverted',
    identity: [rollout.id, rollout.createdAt, deviceId, attempt],
    subject: `devices/${encodeURIComponent(deviceId)}`,
    time: at,
    data: {
      deviceId,
      rollout: rollout.id,
      deviceType: rollout.deviceType,
      version: rollout.version,
      state,
      attempt,
      reason: eventText(reason),
      currentVersion: eventText(currentVersion),
    },
  };
}

/** What became of an upload; undefined for a dry run, which changes nothing that others could care about. */
export function uploadHappening({ path, etag, outcome, recordedAt }: AnnouncedUpload): Happening | undefined {
  const common = {
    identity: [path, etag],
    subject: `uploads/${path.split('/').map(encodeURIComponent).join('/')}`,
    time: recordedAt,
  };
  const upload = { path: eventText(path), etag };
  switch (outcome.kind) {
    case 'admitted': {
      const { rolloutId: rollout, releasedNow } = outcome;
      return { ...common, name: 'upload.admitted', data: { ...upload, rollout, releasedNow } };
    }
    case 'refused': {
      const { code, message } = outcome.refusal;
      return { ...common, name: 'upload.refused', data: { ...upload, code, reason: eventText(message) } };
    }
    case 'dry-run':
      return undefined;
  }
}
