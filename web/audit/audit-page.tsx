import type { AuditEntry } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import { Card } from '../parts/card.tsx';
import { Empty } from '../parts/live-view.tsx';
import { PagedView } from '../parts/paged-view.tsx';
import { usePages } from '../parts/use-pages.ts';
import { When } from '../parts/when.tsx';
import { journalWords } from '../rollout/journal-card.tsx';
import { links } from '../shell/links.ts';

const A_PAGE = 50;

/** Who did what to which rollout, when and why; what the service decides stands in the journals. */
export function AuditPage() {
  const pages = usePages(reads.audit({ limit: A_PAGE }));
  return (
    <div class="stack">
      <h1>Audit trail</h1>
      <Card title="What people did" flush>
        <PagedView pages={pages} what="the audit trail">
          {({ value }) =>
            value.length === 0 ? (
              <Empty title="Nobody has steered a rollout yet">
                <p>Pause, resume, stop, approve and the like appear here, with who did it and why.</p>
              </Empty>
            ) : (
              <AuditTable entries={value} />
            )
          }
        </PagedView>
      </Card>
    </div>
  );
}

function AuditTable({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <div class="scrolls" tabIndex={0} role="group" aria-label="What people did, a table">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">Rollout</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ rollout, revision, at, actor, action, reason }) => (
            <tr key={`${rollout} ${revision}`}>
              <td>
                <When time={at} as="clock" />
              </td>
              <td class="breaks">{actor}</td>
              <td>{journalWords[action].words}</td>
              <td>
                <a href={links.rollout(rollout)}>{rollout}</a>
              </td>
              <td class="wraps">{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
