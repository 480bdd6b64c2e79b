import type { Refusal } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import { Card } from '../parts/card.tsx';
import { Empty } from '../parts/live-view.tsx';
import { PagedView } from '../parts/paged-view.tsx';
import { usePages } from '../parts/use-pages.ts';
import { When } from '../parts/when.tsx';
import { bytes } from '../words/numbers.ts';

const A_PAGE = 25;

/** Every upload that was not admitted: which file, when, why, and what to do. */
export function RefusalsPage() {
  const pages = usePages(reads.refusals({ limit: A_PAGE }));
  return (
    <div class="stack">
      <h1>Refusals</h1>
      <p class="quiet">
        Files in the drop box that are not offered to any device, the newest first. The same code stands on
        the file itself, as its index tag <code>otaCode</code>.
      </p>
      <Card title="Uploads that were refused" flush>
        <PagedView pages={pages} what="the refusals">
          {({ value }) =>
            value.length === 0 ? (
              <Empty title="No upload was refused">
                <p>A file that is no firmware image of this fleet appears here within seconds.</p>
              </Empty>
            ) : (
              <ul class="lines">
                {value.map((refusal) => (
                  <RefusalLine key={refusal.id} refusal={refusal} />
                ))}
              </ul>
            )
          }
        </PagedView>
      </Card>
    </div>
  );
}

function RefusalLine({
  refusal: { path, message, code, size, uploadedAt, refusedAt },
}: {
  refusal: Refusal;
}) {
  return (
    <li class="stack-tight">
      <div class="row between">
        <h3 class="breaks">
          <code>{path}</code>
        </h3>
        <span class="quiet">
          <When time={refusedAt} />
        </span>
      </div>
      <p>{message}</p>
      <p class="quiet breaks">
        Code <code>{code}</code>, {bytes(size)}, uploaded <When time={uploadedAt} as="clock" />, refused{' '}
        <When time={refusedAt} as="clock" />
      </p>
    </li>
  );
}
