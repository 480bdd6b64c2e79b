import type { RolloutState } from '../../client/answers.ts';
import { rolloutStateWords, type ShownState, stateWords } from '../words/states.ts';
import { Icon, type IconName } from './icon.tsx';

const ROLLOUT_ICONS: Readonly<Record<RolloutState, IconName>> = {
  starting: 'clock',
  running: 'play',
  paused: 'pause',
  stopped: 'stop',
  completed: 'check',
  retired: 'archive',
};

const DEVICE_ICONS: Readonly<Record<ShownState, IconName>> = {
  Succeeded: 'check',
  AlreadyCurrent: 'check',
  Applying: 'clock',
  Verifying: 'clock',
  Downloading: 'clock',
  Pending: 'dot',
  Reverted: 'back',
  Failed: 'cross',
};

/** The state of a rollout: words, a sign and a colour. */
export function RolloutBadge({ state }: { state: RolloutState }) {
  return (
    <span class={`badge badge-${state}`}>
      <Icon name={ROLLOUT_ICONS[state]} />
      {rolloutStateWords[state]}
    </span>
  );
}

/** The state of a device in a rollout: words, a sign and a colour. */
export function DeviceBadge({ state }: { state: ShownState }) {
  const { label, meaning } = stateWords[state];
  return (
    <span class={`badge badge-device tone-${state}`} title={meaning}>
      <Icon name={DEVICE_ICONS[state]} />
      {label}
    </span>
  );
}

/** A word that asks for attention. */
export function Flag({
  tone,
  children,
}: {
  tone: 'warn' | 'bad' | 'calm';
  children: preact.ComponentChildren;
}) {
  return <span class={`flag flag-${tone}`}>{children}</span>;
}
