import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAzurite, startAzurite } from '../../local/azurite.ts';
import { afterFailure, afterSuccess } from '../../src/shared/webhooks/endpoint-health.ts';
import { EndpointStore } from '../../src/shared/webhooks/endpoint-store.ts';

const START = new Date('2026-03-01T09:00:00.000Z');
const DAY = 86_400_000;
const after = (ms: number) => new Date(START.getTime() + ms);

let azurite: RunningAzurite;
let table: TableClient;
let endpoints = 0;

beforeAll(async () => {
  azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 }, host: '127.0.0.1' });
  const options = { allowInsecureConnection: true };
  table = TableClient.fromConnectionString(azurite.connectionString, 'webhooks', options);
  await table.createTable();
});
afterAll(() => azurite.close());

/** Two instances of the app, and an endpoint of their own. */
function instances() {
  const clock = { now: START };
  const open = () =>
    new EndpointStore(
      async () => table,
      () => clock.now,
    );
  return { id: `endpoint-${++endpoints}`, clock, here: open(), there: open(), fresh: open };
}

describe('what is known of an endpoint', () => {
  test('keeps a 410 that came while other deliveries were under way, here and in another instance', async () => {
    const { id, here, there, fresh } = instances();
    await Promise.all([here.get(id), there.get(id)]);
    await here.change(id, (before) => afterFailure(before, 'gone', 'answered 410', START));
    await Promise.all(
      [here, there, here, there].map(async (store) =>
        store.change(id, (before) => afterFailure(before, 'failed', 'answered 500', after(1000))),
      ),
    );
    expect(await fresh().get(id)).toMatchObject({ disabled: 'gone', lastFailure: 'answered 500' });
  });

  test('is not given up for a failure that began before a success', async () => {
    const { id, here, there, clock, fresh } = instances();
    await here.change(id, (before) => afterFailure(before, 'failed', 'answered 500', START));
    await there.get(id);
    clock.now = after(6 * DAY);
    await here.change(id, (before) => afterSuccess(before, clock.now));
    await there.change(id, (before) => afterFailure(before, 'failed', 'answered 500', clock.now));
    const health = await fresh().get(id);
    expect(health.failingSince).toBe(clock.now.toISOString());
    expect(health).not.toHaveProperty('disabled');
  });

  test('holds every change, however many come at once', async () => {
    const { id, here, there, fresh } = instances();
    const failures = Array.from({ length: 12 }, (_, i) =>
      (i % 2 === 0 ? here : there).change(id, (before) => ({
        ...before,
        failingSince: START.toISOString(),
        lastFailure: `${before.lastFailure ?? ''}x`,
      })),
    );
    await Promise.all(failures);
    expect((await fresh().get(id)).lastFailure).toBe('x'.repeat(12));
  });

  test('is written for a success after a success every ten seconds only', async () => {
    const { id, here, clock, fresh } = instances();
    for (const ms of [0, 4000, 9000, 11_000, 12_000]) {
      clock.now = after(ms);
      await here.change(id, (before) => afterSuccess(before, clock.now));
    }
    expect(await fresh().get(id)).toEqual({ lastSuccessAt: after(11_000).toISOString() });
  });
});
