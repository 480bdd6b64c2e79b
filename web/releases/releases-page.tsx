import type { Release } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import { Card } from '../parts/card.tsx';
import { Empty } from '../parts/live-view.tsx';
import { PagedView } from '../parts/paged-view.tsx';
import { usePages } from '../parts/use-pages.ts';
import { When } from '../parts/when.tsx';
import { links } from '../shell/links.ts';
import { bytes, count } from '../words/numbers.ts';

const A_PAGE = 25;

/** Every admitted image: what exactly it is, where it came from, and its rollout. */
export function ReleasesPage() {
  const pages = usePages(reads.releases({ limit: A_PAGE }));
  return (
    <div class="stack">
      <h1>Releases</h1>
      <Card title="Admitted images" flush>
        <PagedView pages={pages} what="the releases">
          {({ value }) =>
            value.length === 0 ? (
              <Empty title="No image was released yet">
                <p>Drop a firmware image on this page, or into the container that the app watches.</p>
              </Empty>
            ) : (
              <ReleaseTable releases={value} />
            )
          }
        </PagedView>
      </Card>
    </div>
  );
}

function ReleaseTable({ releases }: { releases: readonly Release[] }) {
  return (
    <div class="scrolls" tabIndex={0} role="group" aria-label="Releases, a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Release</th>
            <th scope="col">Rollout</th>
            <th scope="col" class="number">
              Size
            </th>
            <th scope="col">CRC-16</th>
            <th scope="col">SHA-256</th>
            <th scope="col">From the file</th>
            <th scope="col">Released</th>
          </tr>
        </thead>
        <tbody>
          {releases.map((release) => (
            <Row key={`${release.deviceType} ${release.version}`} release={release} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ release }: { release: Release }) {
  const { deviceType, version, size, crc16, sha256, source, rolloutId, createdAt } = release;
  return (
    <tr>
      <th scope="row">
        {deviceType} {version}
      </th>
      <td>
        <a href={links.rollout(rolloutId)}>{rolloutId}</a>
      </td>
      <td class="number" title={`${count(size)} bytes`}>
        {bytes(size)}
      </td>
      <td>
        <code>{crc16}</code>
      </td>
      <td class="hash">
        <code>{sha256}</code>
      </td>
      <td class="wraps">
        <code>{source.path}</code>
      </td>
      <td>
        <When time={createdAt} as="clock" />
      </td>
    </tr>
  );
}
