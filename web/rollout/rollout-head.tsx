import { useState } from 'preact/hooks';
import type { RolloutDetail } from '../../client/answers.ts';
import { useNow } from '../live/clock.ts';
import { Flag, RolloutBadge } from '../parts/badges.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { When } from '../parts/when.tsx';
import { links } from '../shell/links.ts';
import { nextInWords } from '../words/next-step.ts';
import { bytes, count, counted } from '../words/numbers.ts';
import { actionWords, type SteeringAction } from '../words/steering.ts';
import { SteeringDialog } from './steering-dialog.tsx';

const ACTION_ICONS: Readonly<Record<SteeringAction, IconName>> = {
  pause: 'pause',
  resume: 'play',
  stop: 'stop',
  approve: 'check',
  retire: 'archive',
  retarget: 'target',
  revert: 'back',
};

/** What it is, where it is, why, and what a person may do. */
export function RolloutHead({ rollout, refresh }: { rollout: RolloutDetail; refresh: () => void }) {
  const [asked, ask] = useState<SteeringAction>();
  const { deviceType, version, state, stuck, possibleActions } = rollout;
  return (
    <header class="stack-tight">
      <p class="quiet">
        <a href={links.fleet()}>Fleet</a> / Rollout
      </p>
      <div class="row between">
        <div class="row">
          <h1>
            {deviceType} {version}
          </h1>
          <RolloutBadge state={state} />
          {stuck > 0 && <Flag tone="warn">{counted(stuck, 'device')} stuck</Flag>}
          {!rollout.configuration.current && <Flag tone="warn">IoT Hub is not told yet</Flag>}
        </div>
        <div class="row" role="group" aria-label="Steer this rollout">
          {possibleActions.map((action) => (
            <ActionButton key={action} action={action} rollout={rollout} ask={ask} />
          ))}
        </div>
      </div>
      <NextLine rollout={rollout} />
      <Facts rollout={rollout} />
      {asked && (
        <SteeringDialog
          key={asked}
          action={asked}
          rollout={rollout}
          refresh={refresh}
          close={() => ask(undefined)}
        />
      )}
    </header>
  );
}

function ActionButton({
  action,
  rollout,
  ask,
}: {
  action: SteeringAction;
  rollout: RolloutDetail;
  ask: (action: SteeringAction) => void;
}) {
  const { label, isFinal } = actionWords(action, rollout);
  return (
    <button class={isFinal ? 'button button-danger' : 'button'} type="button" onClick={() => ask(action)}>
      <Icon name={ACTION_ICONS[action]} /> {label}
    </button>
  );
}

function NextLine({ rollout }: { rollout: RolloutDetail }) {
  const next = nextInWords(rollout, useNow());
  if (!next) return rollout.reason === '' ? null : <p>{rollout.reason}</p>;
  return (
    <p>
      <strong class={`tone-text-${next.tone}`}>{next.headline}.</strong> {next.reasons.join(' ')}
      {rollout.reason !== '' && <span class="quiet"> Last decision: {rollout.reason}</span>}
    </p>
  );
}

function Facts({ rollout }: { rollout: RolloutDetail }) {
  const { configuration, release, plan, createdAt, hub } = rollout;
  return (
    <dl class="facts">
      <Fact name="Plan">{plan}</Fact>
      {release && (
        <Fact name="Image">
          {bytes(release.size)}, CRC-16 <code>{release.crc16}</code>
        </Fact>
      )}
      <Fact name="Started">
        <When time={createdAt} as="clock" />
      </Fact>
      {hub && (
        <Fact name="On IoT Hub">{`${count(hub.targeted)} targeted, ${count(hub.applied)} applied`}</Fact>
      )}
      <Fact name="Priority">{configuration.priority}</Fact>
      <Fact name="Configuration">
        <code>{configuration.id}</code>
      </Fact>
      <Fact name="Target condition">
        <code>
          {configuration.targetCondition === '' ? 'none: it selects nobody' : configuration.targetCondition}
        </code>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
