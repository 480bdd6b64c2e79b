import type { DeviceState, RolloutState } from '../../client/answers.ts';

/** Devices that the hub targets and that have reported nothing are shown beside the states. */
export type ShownState = DeviceState | 'Pending';

/** In the order in which a device goes through them, the good end first: so are bars and tables. */
export const SHOWN_STATES: readonly ShownState[] = [
  'Succeeded',
  'AlreadyCurrent',
  'Applying',
  'Verifying',
  'Downloading',
  'Pending',
  'Reverted',
  'Failed',
];

export const stateWords: Readonly<Record<ShownState, { label: string; meaning: string }>> = {
  Succeeded: { label: 'Succeeded', meaning: 'It reports that it runs the new version.' },
  AlreadyCurrent: { label: 'Already current', meaning: 'It ran the version before it was offered.' },
  Applying: { label: 'Applying', meaning: 'It has the image and restarts with it.' },
  Verifying: { label: 'Verifying', meaning: 'It checks the image.' },
  Downloading: { label: 'Downloading', meaning: 'It downloads the image.' },
  Pending: { label: 'Pending', meaning: 'It is targeted and has reported nothing yet.' },
  Reverted: { label: 'Reverted', meaning: 'It came back with another version than the new one.' },
  Failed: { label: 'Failed', meaning: 'It reported an error.' },
};

export const rolloutStateWords: Readonly<Record<RolloutState, string>> = {
  starting: 'Starting',
  running: 'Running',
  paused: 'Paused',
  stopped: 'Stopped',
  completed: 'Completed',
  retired: 'Retired',
};
