import type { RolloutDetail } from '../../client/answers.ts';
import { useNow } from '../live/clock.ts';
import { Flag, RolloutBadge } from '../parts/badges.tsx';
import { Legend, StackedBar } from '../parts/stacked-bar.tsx';
import { When } from '../parts/when.tsx';
import { links } from '../shell/links.ts';
import { nextInWords } from '../words/next-step.ts';
import { counted } from '../words/numbers.ts';
import { endedShare, stateCounts } from '../words/state-counts.ts';

/** A rollout at work, on the page of the fleet. */
export function RolloutCard({ rollout }: { rollout: RolloutDetail }) {
  const { id, deviceType, version, state, stage, planDetail, stuck, createdAt } = rollout;
  const states = stateCounts(rollout);
  const next = nextInWords(rollout, useNow());
  const current = planDetail.stages[stage];
  return (
    <article class="card" aria-labelledby={`card-${id}`}>
      <div class="card-body stack-tight">
        <div class="row between">
          <h2 id={`card-${id}`}>
            <a href={links.rollout(id)}>
              {deviceType} {version}
            </a>
          </h2>
          <div class="row">
            {next?.waitsForPerson && <Flag tone="warn">Waits for you</Flag>}
            {stuck > 0 && <Flag tone="warn">{counted(stuck, 'device')} stuck</Flag>}
            <RolloutBadge state={state} />
          </div>
        </div>
        <StackedBar counted={states} />
        <div class="row between">
          <Legend counted={states} />
          <span class="quiet">{endedShare(states)} of the offered devices have an end</span>
        </div>
        <p class="quiet">
          {current
            ? `Stage ${stage + 1} of ${planDetail.stages.length}, “${current.name}”. `
            : 'No stage is open. '}
          {next && (
            <>
              <strong class={`tone-text-${next.tone}`}>{next.headline}.</strong> {next.reasons.join(' ')}{' '}
            </>
          )}
          Started <When time={createdAt} />.
        </p>
      </div>
    </article>
  );
}
