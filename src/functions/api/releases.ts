import * as z from 'zod';
import type { Release } from '../../shared/firmware/release.ts';
import type { ReleaseStore } from '../../shared/firmware/release-store.ts';
import { servedRelease } from '../../shared/firmware/served-release.ts';
import { isDeviceType } from '../../shared/firmware/device-type.ts';
import { isVersion } from '../../shared/firmware/version.ts';
import { invalidContinuation, readKeyset, writeKeyset } from '../../shared/http/keyset-cursor.ts';
import { json, operation } from '../../shared/http/operation.ts';
import { continuation, limit, pageOf, pageResult } from '../../shared/http/paging.ts';
import { ProblemError } from '../../shared/http/problem.ts';
import { type Route, route } from '../../shared/http/route.ts';
import { deviceType, exampleRelease, release, version } from './release-schemas.ts';

const listReleases = operation({
  id: 'releases',
  method: 'GET',
  path: '/releases',
  right: 'read',
  tag: 'Releases',
  summary: 'List releases',
  description: 'Admitted firmware images, by device type, the highest version first.',
  query: z.strictObject({ deviceType: deviceType.optional(), limit, continuation }),
  answer: json({
    schema: pageOf('ReleasePage', release),
    description: 'A page of releases.',
    example: { value: [exampleRelease] },
  }),
});

const getRelease = operation({
  id: 'release',
  method: 'GET',
  path: '/releases/{deviceType}/{version}',
  right: 'read',
  tag: 'Releases',
  summary: 'Get a release',
  parameters: z.object({ deviceType, version }),
  answer: json({ schema: release, description: 'The release.', example: exampleRelease }),
  problems: ['not-found'],
});

/** HTTP: admitted firmware images. */
export function releaseRoutes(releases: Pick<ReleaseStore, 'page' | 'get'>): Route[] {
  return [
    route(listReleases, async ({ query, url }) => {
      const page = await releases.page({
        deviceType: query.deviceType,
        limit: query.limit,
        after: query.continuation === undefined ? undefined : releaseAfter(query.continuation),
      });
      return pageResult(url, page.releases.map(servedRelease), nextAfter(page));
    }),
    route(getRelease, async ({ path }) => {
      const found = await releases.get(path.deviceType, path.version);
      if (!found) {
        throw new ProblemError('not-found', `There is no release ${path.version} for ${path.deviceType}.`);
      }
      return { body: servedRelease(found) };
    }),
  ];
}

function nextAfter({ releases, isLast }: { releases: readonly Release[]; isLast: boolean }) {
  const last = releases.at(-1);
  return isLast || !last ? undefined : writeKeyset('releases', [last.deviceType, last.version]);
}

function releaseAfter(text: string): Pick<Release, 'deviceType' | 'version'> {
  const [type = '', after = ''] = readKeyset(text, 'releases', 2);
  if (!isDeviceType(type) || !isVersion(after)) throw invalidContinuation();
  return { deviceType: type, version: after };
}
