import { HubError } from '../azure/hub-error.ts';
import { isNotFound } from '../azure/storage-error.ts';
import { windowStart } from '../rollout/bucket.ts';
import { configurationOf } from '../rollout/configuration.ts';
import { ConfigurationConflictError } from '../rollout/hub-configurations.ts';
import { reconcile } from '../rollout/hub-reconciliation.ts';
import { SERVICE } from '../rollout/journal.ts';
import { startPosition } from '../rollout/opening.ts';
import type { NewRollout, RolloutRecord } from '../rollout/rollout.ts';
import type { Admission } from './admission.ts';
import type { Wanted } from './examination.ts';
import { type Refusal, refusal } from './refusal.ts';
import type { Release } from './release.ts';

type StartParts = Pick<Admission, 'releases' | 'rollouts' | 'configurations' | 'now' | 'policy'>;

/**
 * Brings the rollout of a recorded release to life; what is there already stays as it is. Where the hub
 * will never take it, release and rollout are taken back, and the answer is the reason.
 */
export async function startRollout(
  parts: StartParts,
  wanted: Wanted,
  created: Release,
): Promise<Refusal | 'started'> {
  const rollout = await addRollout(parts, wanted, created);
  if (rollout.deviceType !== created.deviceType || rollout.version !== created.version) {
    await parts.releases.remove(created);
    return idTaken(rollout);
  }
  if (rollout.state !== 'starting') {
    await withdrawEnded(parts, rollout);
    return 'started';
  }
  const rejected = await configure(parts, rollout, created);
  if (!rejected) {
    await withdrawEnded(parts, { id: rollout.id, state: await activate(parts, rollout) });
    return 'started';
  }
  // A refused upload leaves no release behind: the version can be uploaded again once the cause is mended.
  // Its bytes stay in the releases container under their hash, where nothing points to them.
  await parts.rollouts.remove(rollout);
  await parts.releases.remove(created);
  return rejected;
}

/**
 * A person may end a rollout while this admission, or an earlier try of it that crashed, creates its
 * configuration: open, because the rollout was not ended when it began. The hub learns of the end now.
 */
async function withdrawEnded(
  parts: StartParts,
  { id, state }: Pick<RolloutRecord, 'id' | 'state'>,
): Promise<void> {
  if (state === 'stopped') await reconcile(parts, id);
  if (state === 'retired') await parts.configurations.remove(id);
}

/** A rollout that another run has taken back leaves no configuration: this run begins anew. */
async function activate(parts: StartParts, rollout: RolloutRecord): Promise<RolloutRecord['state']> {
  try {
    return await parts.rollouts.activate(rollout);
  } catch (error) {
    if (isNotFound(error)) await parts.configurations.remove(rollout.id);
    throw error;
  }
}

async function addRollout(parts: StartParts, wanted: Wanted, created: Release): Promise<RolloutRecord> {
  const now = parts.now();
  const rollout: NewRollout = {
    id: created.rolloutId,
    deviceType: created.deviceType,
    version: created.version,
    createdAt: now.toISOString(),
    shards: parts.policy.shards,
    planName: wanted.planName,
    plan: { ...wanted.plan, targetCondition: created.targetCondition },
    priority: wanted.plan.priority,
    labels: wanted.plan.labels,
    windowStart: windowStart(created.sha256),
  };
  const position = startPosition(rollout.plan, rollout.priority, now);
  return parts.rollouts.add(rollout, position, {
    revision: 0,
    at: now.toISOString(),
    action: 'started',
    actor: SERVICE,
    reason: `${created.source.path} was admitted with the plan "${wanted.planName}"`,
    state: position.state,
    stage: position.stage,
    inputs: {},
  });
}

/** Creates the hub's configuration; the answer is the reason where the hub will never take it. */
async function configure(
  parts: StartParts,
  rollout: RolloutRecord,
  created: Release,
): Promise<Refusal | undefined> {
  try {
    await parts.configurations.ensure(
      configurationOf(
        { ...rollout, state: 'running' },
        created,
        downloadUrl(created, parts.policy.downloadQuery),
      ),
    );
    return undefined;
  } catch (error) {
    const reason = lastingReason(error, rollout);
    if (!reason) throw error;
    return reason;
  }
}

/** What devices download, with its query if there is one. */
export function downloadUrl(
  { url, blobPath }: Release,
  downloadQuery: StartParts['policy']['downloadQuery'],
): string {
  const query = downloadQuery(blobPath);
  return query === undefined ? url : `${url}?${query}`;
}

function lastingReason(error: unknown, rollout: RolloutRecord): Refusal | undefined {
  if (error instanceof ConfigurationConflictError) {
    return refusal(
      'configuration-conflict',
      `${error.message}. Remove it from the hub if nobody needs it, then upload the image again.`,
    );
  }
  if (!(error instanceof HubError)) return undefined;
  if (error.kind === 'quota-exceeded') {
    return refusal(
      'configuration-quota-exceeded',
      `The hub takes no further configuration: "${error.message}". Remove configurations that are no longer needed, then upload the image again.`,
    );
  }
  if (error.kind === 'rejected') {
    return refusal(
      'configuration-rejected',
      `The hub rejected the configuration (target condition ${rollout.plan.targetCondition}, priority ${rollout.priority}): "${error.message}". Correct the metadata and upload the image again.`,
    );
  }
  return undefined;
}

function idTaken(rollout: RolloutRecord): Refusal {
  return refusal(
    'configuration-conflict',
    `The configuration id "${rollout.id}" belongs to version ${rollout.version} of ${rollout.deviceType}. Choose another device type or version.`,
  );
}
