import type { IncomingMessage } from 'node:http';
import { Registry } from 'azure-iothub/dist/registry.js';
import { Query } from 'azure-iothub/dist/query.js';
import { expect, test } from 'vitest';
import { FleetQueries } from '../../../src/shared/rollout/fleet-queries.ts';

/** The SDK's own query over these pages; a page's token is its number. */
function fleetOf(pages: readonly (readonly unknown[])[]) {
  const asked: (string | undefined)[] = [];
  const registry = Object.create(Registry.prototype) as Registry;
  registry.createQuery = () =>
    new Query((token, done) => {
      asked.push(token);
      const page = Number(token ?? 0);
      const headers = page + 1 < pages.length ? { 'x-ms-continuation': String(page + 1) } : {};
      done(undefined, pages[page], { headers } as IncomingMessage);
    });
  return { asked, fleet: new FleetQueries(async () => registry) };
}

test('an empty page that continues is followed by the next one, not asked for again', async () => {
  const { asked, fleet } = fleetOf([[], [], [{ deviceId: 'devkit-0001' }], [{ deviceId: 'devkit-0002' }]]);
  expect(await fleet.some("tags.ring = 'canary'", 10)).toEqual(['devkit-0001']);
  expect(asked).toEqual([undefined, '1', '2']);
});

test('nobody is found where no page holds anything', async () => {
  const { asked, fleet } = fleetOf([[], [], []]);
  expect(await fleet.some('*', 10)).toEqual([]);
  expect(asked).toHaveLength(3);
});
