import type { RolloutDetail } from '../../client/answers.ts';
import type { DeviceFilters } from '../../client/reads.ts';

export interface LeftOverLine {
  readonly label: string;
  readonly devices: number;
  readonly meaning: string;
  /** What lists the devices; absent for those that the ledger has never seen, and those that are just at work. */
  readonly filters?: Pick<DeviceFilters, 'state' | 'stuck'>;
}

/** Whom a completed rollout has not brought to a good end, a line for each reason that there is. */
export function leftOverLines({
  pending,
  working,
  stuck,
  failed,
  reverted,
}: NonNullable<RolloutDetail['leftOver']>): readonly LeftOverLine[] {
  const lines: readonly LeftOverLine[] = [
    { label: 'Pending', devices: pending, meaning: 'targeted, and nothing was reported' },
    { label: 'At work', devices: working, meaning: 'within the limits of the plan' },
    {
      label: 'Stuck',
      devices: stuck,
      meaning: 'at work for longer than the plan allows; each says why',
      filters: { stuck: 'true' },
    },
    {
      label: 'Failed',
      devices: failed,
      meaning: 'by reason in the card of failures',
      filters: { state: 'Failed' },
    },
    {
      label: 'Reverted',
      devices: reverted,
      meaning: 'came back with another version',
      filters: { state: 'Reverted' },
    },
  ];
  return lines.filter(({ devices }) => devices > 0);
}
