import type { DeviceUpdateDetail } from '../../client/answers.ts';
import { useNow } from '../live/clock.ts';
import { DeviceBadge, Flag } from '../parts/badges.tsx';
import { Card } from '../parts/card.tsx';
import { Icon } from '../parts/icon.tsx';
import { When } from '../parts/when.tsx';
import { links } from '../shell/links.ts';
import { stateWords } from '../words/states.ts';
import { duration } from '../words/times.ts';
import { type Attempt, attemptsOf, endOf, timeInStates } from './attempts.ts';
import { stuckInWords, timesInWords } from './device-words.ts';
import { Happenings } from './happenings.tsx';

/** The device's way through one rollout: the newest attempt in full, earlier ones folded. */
export function UpdateCard({ update }: { update: DeviceUpdateDetail }) {
  const { deviceType, version, rolloutId, state, reason, attempt } = update;
  const now = useNow();
  const [newest, ...earlier] = attemptsOf(update.history);
  return (
    <Card
      title={`${deviceType} ${version}`}
      aside={
        <span class="quiet">
          <a href={links.rollout(rolloutId)}>Open the rollout</a>
        </span>
      }
    >
      <div class="stack">
        <div class="row">
          <DeviceBadge state={state} />
          <span class="quiet">
            since <When time={update.since} as="clock" />, attempt {attempt}
          </span>
          {reason !== undefined && (
            <span>
              Reason: <strong class="tone-text-bad">{reason}</strong>
            </span>
          )}
        </div>
        <Stuck update={update} />
        {newest && <AttemptParts attempt={newest} />}
        {earlier.map((one) => (
          <details key={one.number}>
            <summary>
              Attempt {one.number}: {endInWords(one, now)}
            </summary>
            <AttemptParts attempt={one} />
          </details>
        ))}
      </div>
    </Card>
  );
}

function endInWords(attempt: Attempt, now: number): string {
  const end = endOf(attempt);
  const words = end === undefined ? 'no state' : stateWords[end].label;
  const times = timesInWords(timeInStates(attempt, now));
  return times === '' ? words : `${words}; ${times}`;
}

function Stuck({ update: { stuck, state } }: { update: DeviceUpdateDetail }) {
  const now = useNow();
  if (stuck === undefined) return null;
  const isOfHub = stuck.diagnosis === 'disabled' || stuck.diagnosis === 'deleted';
  const advice = isOfHub ? undefined : stuckInWords(state);
  return (
    <div class="notice notice-warn">
      <p>
        <Flag tone="warn">
          <Icon name="alert" /> stuck
        </Flag>{' '}
        <strong>Longer than the plan allows, for {duration(now - Date.parse(stuck.since))}.</strong>
      </p>
      <p>{stuck.text}</p>
      {advice !== undefined && <p>{advice}</p>}
    </div>
  );
}

function AttemptParts({ attempt }: { attempt: Attempt }) {
  const times = timeInStates(attempt, useNow()).filter(({ ms }) => ms > 0);
  return (
    <section class="stack-tight attempt" aria-label={`Attempt ${attempt.number}`}>
      {times.length > 0 && (
        <>
          <div class="bar bar-thin" aria-hidden="true">
            {times.map(({ state, ms }) => (
              <span key={state} class={`bar-part tone-${state}`} style={{ flexGrow: ms }} />
            ))}
          </div>
          <p class="quiet">
            Attempt {attempt.number}: {timesInWords(times)}
          </p>
        </>
      )}
      <Happenings happenings={attempt.happenings} />
    </section>
  );
}
