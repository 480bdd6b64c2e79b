import type { RolloutDetail } from '../../client/answers.ts';
import { useNow } from '../live/clock.ts';
import { Flag } from '../parts/badges.tsx';
import { Card } from '../parts/card.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { gateLines, type GateLine, type GateVerdict, verdictWords } from '../words/gate-lines.ts';
import { type ListedStage, listedStages } from '../words/stage-list.ts';

const POSITION_ICONS: Readonly<Record<ListedStage['position'], IconName>> = {
  passed: 'check',
  open: 'play',
  next: 'clock',
  later: 'dot',
  skipped: 'cross',
};

/** The stages of the plan; under the open one its gate: what is known against what must hold. */
export function StagesCard({ rollout }: { rollout: RolloutDetail }) {
  const stages = listedStages(rollout);
  const isAtWork = rollout.state === 'running' || rollout.state === 'paused';
  const { onGateFailed, deadlineHours } = rollout.planDetail;
  return (
    <Card title={stages.length === 1 ? 'One stage' : `${stages.length} stages`} flush>
      <ol class="stages">
        {stages.map((stage, i) => (
          <li key={stage.name} class={`stage stage-${stage.position}`}>
            <div class="row between">
              <span class="row stage-name">
                <Icon name={POSITION_ICONS[stage.position]} />
                <strong>{stage.name}</strong>
                {stage.width.startsWith(stage.name) ? null : <span class="quiet">{stage.width}</span>}
              </span>
              <span class="row">
                {stage.needsApproval && <Flag tone="warn">needs approval</Flag>}
                <span class="quiet">{stage.words}</span>
              </span>
            </div>
            {isAtWork && i === rollout.stage && <Gate rollout={rollout} />}
          </li>
        ))}
      </ol>
      <p class="quiet card-foot">
        A gate that fails {onGateFailed === 'stop' ? 'stops' : 'pauses'} the rollout.
        {deadlineHours !== undefined && ` It completes after ${deadlineHours} h whatever is left over.`}
      </p>
    </Card>
  );
}

function Gate({ rollout }: { rollout: RolloutDetail }) {
  const now = useNow();
  const stage = rollout.planDetail.stages[rollout.stage];
  if (!stage) return null;
  const lines = gateLines(stage, rollout, now);
  return (
    <>
      <table class="gate">
        <caption class="only-read">The gate of {stage.name}: what is known and what must hold</caption>
        <thead class="only-read">
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">Now</th>
            <th scope="col">Limit</th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <GateRow key={line.rule} line={line} />
          ))}
        </tbody>
      </table>
      {lines.some(({ verdict }) => verdict === 'unjudged') && (
        <p class="quiet">
          Not judged: a share of few devices proves little; it is weighed while a further stage could open.
        </p>
      )}
    </>
  );
}

const VERDICT_ICONS: Readonly<Record<GateVerdict, IconName>> = {
  holds: 'check',
  waits: 'clock',
  broken: 'cross',
  unjudged: 'dot',
};
const VERDICT_TONES: Readonly<Record<GateVerdict, string>> = {
  holds: 'good',
  waits: 'warn',
  broken: 'bad',
  unjudged: 'quiet',
};

function GateRow({ line: { name, now, limit, verdict } }: { line: GateLine }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="number-left">{unbroken(now)}</td>
      <td class="quiet">{unbroken(limit)}</td>
      <td class={`verdict tone-text-${VERDICT_TONES[verdict]}`}>
        <Icon name={VERDICT_ICONS[verdict]} /> {verdictWords[verdict]}
      </td>
    </tr>
  );
}

/** Keeps a number and its unit on one line. */
function unbroken(text: string): string {
  return text.replaceAll(/(\d) (?=[a-z%])/g, '$1\u00a0');
}
