import type { JournalEntry, RolloutDetail } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import { Card } from '../parts/card.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { PagedView } from '../parts/paged-view.tsx';
import { usePages } from '../parts/use-pages.ts';
import { When } from '../parts/when.tsx';
import { counted } from '../words/numbers.ts';

/** Each decision on a rollout in words. */
export const journalWords: Readonly<Record<JournalEntry['action'], { words: string; icon: IconName }>> = {
  started: { words: 'Started', icon: 'play' },
  'stage-opened': { words: 'Stage opened', icon: 'up' },
  'gate-failed': { words: 'Gate failed', icon: 'alert' },
  paused: { words: 'Paused', icon: 'pause' },
  resumed: { words: 'Resumed', icon: 'play' },
  stopped: { words: 'Stopped', icon: 'stop' },
  reverted: { words: 'Reverted', icon: 'back' },
  approved: { words: 'Approved', icon: 'check' },
  retargeted: { words: 'Target changed', icon: 'dot' },
  completed: { words: 'Completed', icon: 'check' },
  retired: { words: 'Retired', icon: 'archive' },
};

/** So many decisions are in sight: the devices stand below them. */
const IN_SIGHT = 8;

/** Every decision, the newest first: what, why, by whom, on which numbers. */
export function JournalCard({ rollout }: { rollout: RolloutDetail }) {
  const pages = usePages(reads.journal(rollout.id, { limit: 100 }));
  return (
    <Card title="Journal" flush>
      <PagedView pages={pages} what="the journal">
        {({ value }) => <Decisions entries={value.toReversed()} stages={rollout.planDetail.stages} />}
      </PagedView>
    </Card>
  );
}

type Stages = RolloutDetail['planDetail']['stages'];

function Decisions({ entries, stages }: { entries: readonly JournalEntry[]; stages: Stages }) {
  const list = (some: readonly JournalEntry[]) => (
    <ol class="timeline">
      {some.map((entry) => (
        <Entry key={entry.revision} entry={entry} stages={stages} />
      ))}
    </ol>
  );
  const folded = entries.slice(IN_SIGHT);
  return (
    <>
      {list(entries.slice(0, IN_SIGHT))}
      {folded.length > 0 && (
        <details class="more">
          <summary>{counted(folded.length, 'earlier decision')}</summary>
          {list(folded)}
        </details>
      )}
    </>
  );
}

function Entry({ entry, stages }: { entry: JournalEntry; stages: Stages }) {
  const { action, actor, at, reason, inputs, stage } = entry;
  const { words, icon } = journalWords[action];
  const name = action === 'stage-opened' ? stages[stage]?.name : undefined;
  const numbers = Object.entries(inputs);
  return (
    <li class="happening">
      <span class="happening-sign">
        <Icon name={icon} />
      </span>
      <div>
        <p>
          <strong>
            {words}
            {name !== undefined && `: ${name}`}
          </strong>{' '}
          <span class="quiet">
            by {actor === 'service' ? 'the service' : actor}, <When time={at} as="clock" />
          </span>
        </p>
        {reason !== '' && <p class="quiet">{reason}</p>}
        {numbers.length > 0 && (
          <details>
            <summary>On these numbers</summary>
            <dl class="facts">
              {numbers.map(([key, value]) => (
                <div key={key}>
                  <dt>{key}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </details>
        )}
      </div>
    </li>
  );
}
