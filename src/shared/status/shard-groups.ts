import type { Rollout } from '../rollout/rollout.ts';
import { groupBy } from './group-by.ts';
import { shardKey, shardOf } from './ledger-keys.ts';
import type { DeviceReport } from './twin-change.ts';

/** The reports of a batch for one shard of one rollout, by device. */
export interface ShardGroup {
  readonly rollout: Rollout;
  readonly partitionKey: string;
  readonly reports: ReadonlyMap<string, readonly DeviceReport[]>;
}

interface Concern {
  readonly report: DeviceReport;
  readonly rollouts: readonly Rollout[];
}

export function shardGroups(concerns: readonly Concern[]): ShardGroup[] {
  const pairs = concerns.flatMap(({ report, rollouts }) =>
    rollouts.map((rollout) => ({
      report,
      rollout,
      partitionKey: shardKey(rollout.id, shardOf(rollout, report.deviceId)),
    })),
  );
  return [...groupBy(pairs, ({ partitionKey }) => partitionKey)].flatMap(([partitionKey, ofShard]) => {
    const rollout = ofShard[0]?.rollout;
    const reports = groupBy(
      ofShard.map(({ report }) => report),
      ({ deviceId }) => deviceId,
    );
    return rollout === undefined ? [] : [{ rollout, partitionKey, reports }];
  });
}

/** The share of devices that lie in the commonest shard of their rollout; 1 where there are none. */
export function commonShardRate(groups: readonly ShardGroup[]): number {
  let common = 0;
  let all = 0;
  for (const ofRollout of groupBy(groups, ({ rollout }) => rollout.id).values()) {
    const sizes = ofRollout.map(({ reports }) => reports.size);
    common += Math.max(...sizes);
    all += sizes.reduce((sum, size) => sum + size, 0);
  }
  return all === 0 ? 1 : common / all;
}
