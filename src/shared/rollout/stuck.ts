import type { DeviceUpdateState } from '../status/device-update.ts';
import type { Plan } from './plan.ts';

/** In which a device can be stuck. */
export const workingStates = ['Downloading', 'Verifying', 'Applying'] as const;
export type WorkingState = (typeof workingStates)[number];

/**
 * Since when a device counts as stuck: it has been in a working state for longer than the plan allows.
 * RFC 3339, UTC; undefined where it is not stuck. It is a flag and no end: the device may still come back.
 */
export function stuckSince(
  update: { readonly state: DeviceUpdateState; readonly since: string },
  limits: Plan['limits'],
  now: Date,
): string | undefined {
  const minutes = limitOf(update.state, limits);
  if (minutes === undefined) return undefined;
  const due = Date.parse(update.since) + minutes * 60_000;
  return now.getTime() >= due ? new Date(due).toISOString() : undefined;
}

/** Minutes that a device may spend in a state; an end has no limit. */
function limitOf(state: DeviceUpdateState, limits: Plan['limits']): number | undefined {
  switch (state) {
    case 'Downloading':
      return limits.downloadingMinutes;
    case 'Verifying':
      return limits.verifyingMinutes;
    case 'Applying':
      return limits.applyingMinutes;
    case 'Succeeded':
    case 'AlreadyCurrent':
    case 'Failed':
    case 'Reverted':
      return undefined;
  }
}
