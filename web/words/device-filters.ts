import type { DeviceState } from '../../client/answers.ts';
import type { DeviceFilters } from '../../client/reads.ts';
import { SHOWN_STATES, stateWords } from './states.ts';

/** The filters in an address; what the API would not take is left out, since anybody can write an address. */
export function deviceFilters(query: Pick<URLSearchParams, 'get'>): DeviceFilters {
  const state = SHOWN_STATES.find((known) => known === query.get('state'));
  const reason = query.get('reason') ?? '';
  return {
    ...(state !== undefined && state !== 'Pending' && { state: state satisfies DeviceState }),
    ...(reason !== '' && reason.length <= 1024 && { reason }),
    ...(query.get('stuck') === 'true' && { stuck: 'true' as const }),
  };
}

/** Which devices are shown: `Devices: failed, with the reason VerifyFailed.` */
export function filtersInWords({ state, reason, stuck }: DeviceFilters): string {
  const parts = [
    state === undefined ? undefined : stateWords[state].label.toLowerCase(),
    stuck === undefined ? undefined : 'stuck',
    reason === undefined ? undefined : `with the reason ${reason}`,
  ].filter((part) => part !== undefined);
  return `Devices: ${parts.length === 0 ? 'all' : parts.join(', ')}.`;
}
