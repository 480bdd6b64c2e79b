import fc from 'fast-check';
import { expect, test } from 'vitest';
import { devicesByChange } from '../../../src/functions/api/devices-by-change.ts';
import type { DeviceQuery } from '../../../src/functions/api/matching-devices.ts';
import { ProblemError } from '../../../src/shared/http/problem.ts';
import type { DeviceUpdateSummary } from '../../../src/shared/status/device-history.ts';
import { deviceUpdateStates } from '../../../src/shared/status/device-update.ts';
import { after, countsOf, recordOf, STARTED } from '../rollout/rollout-at-hand.ts';

const rollout = recordOf();
const now = after(60);

function device(deviceId: string, given: Partial<DeviceUpdateSummary>): DeviceUpdateSummary {
  return {
    deviceId,
    rolloutId: rollout.id,
    state: 'Succeeded',
    attempt: 1,
    since: STARTED,
    attemptSince: STARTED,
    firstSeenAt: STARTED,
    lastReportAt: STARTED,
    reportedVersion: 1,
    missed: 0,
    ...given,
  };
}

/** The ledger's reads over a list, three rows a request. */
function partsOf(devices: readonly DeviceUpdateSummary[], counted = devices.length) {
  const asked: unknown[] = [];
  const byState = Object.fromEntries(
    deviceUpdateStates.map((state) => [state, devices.filter((one) => one.state === state).length]),
  );
  return {
    asked,
    connections: { of: async () => new Map() },
    reads: {
      countsOf: async () => ({ ...countsOf(byState), seen: counted }),
      devicesOf: async (
        _rollout: unknown,
        { state, continuation }: { readonly state?: unknown; readonly continuation?: string | undefined },
      ) => {
        asked.push(state);
        const from = Number(continuation ?? 0);
        const found = devices.filter((one) => state === undefined || one.state === state);
        const page = found.slice(from, from + 3);
        return from + 3 < found.length
          ? { devices: page, continuation: String(from + 3) }
          : { devices: page };
      },
    },
  };
}

async function allPages(parts: ReturnType<typeof partsOf>, query: DeviceQuery): Promise<string[]> {
  const ids: string[] = [];
  let continuation: string | undefined;
  do {
    const page = await devicesByChange(parts, rollout, { ...query, continuation }, now);
    expect(page.devices.length).toBeLessThanOrEqual(query.limit);
    ids.push(...page.devices.map(({ deviceId }) => deviceId));
    ({ continuation } = page);
  } while (continuation !== undefined);
  return ids;
}

test('whatever the devices and the size of a page, all come once, the newest change first', async () => {
  const any = fc.uniqueArray(
    fc.record({ id: fc.nat(50), minutes: fc.nat(5), state: fc.constantFrom(...deviceUpdateStates) }),
    { selector: ({ id }) => id, maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(any, fc.integer({ min: 1, max: 7 }), async (given, limit) => {
      const devices = given.map(({ id, minutes, state }) =>
        device(`d-${id}`, { state, since: after(minutes).toISOString() }),
      );
      const ids = await allPages(partsOf(devices), { limit });
      const expected = devices
        .toSorted((a, b) => b.since.localeCompare(a.since) || (a.deviceId < b.deviceId ? -1 : 1))
        .map(({ deviceId }) => deviceId);
      expect(ids).toEqual(expected);
    }),
  );
});

test('only what can match is read', async () => {
  const devices = [
    device('failed', { state: 'Failed', reason: 'VerifyFailed' }),
    device('other', { state: 'Failed', reason: 'DownloadFailed' }),
    device('hangs', { state: 'Applying' }),
    device('begins', { state: 'Downloading', since: now.toISOString() }),
  ];
  const ask = async (query: Partial<DeviceQuery>) => {
    const parts = partsOf(devices);
    return { ids: await allPages(parts, { limit: 10, ...query }), asked: parts.asked };
  };
  expect(await ask({ reason: 'VerifyFailed' })).toEqual({ ids: ['failed'], asked: ['Failed'] });
  expect(await ask({ stuck: 'true' })).toEqual({
    ids: ['hangs'],
    asked: ['Downloading', 'Verifying', 'Applying'],
  });
  expect(await ask({ stuck: 'true', state: 'Succeeded' })).toEqual({ ids: [], asked: [] });
  expect(await ask({ reason: 'VerifyFailed', state: 'Applying' })).toEqual({ ids: [], asked: [] });
});

test('more than ten thousand are not sorted, and the answer says what to do', async () => {
  const devices = [device('failed', { state: 'Failed' })];
  const asked = devicesByChange(partsOf(devices, 10_001), rollout, { limit: 10 }, now);
  await expect(asked).rejects.toThrow(ProblemError);
  await expect(asked).rejects.toMatchObject({
    code: 'bad-request',
    errors: [{ in: 'query', pointer: 'sort', detail: expect.stringContaining('name a state') as string }],
  });
  const failed = await devicesByChange(
    partsOf(devices, 10_001),
    rollout,
    { limit: 10, state: 'Failed' },
    now,
  );
  expect(failed.devices).toHaveLength(1);
});

test('a continuation is good for the same filters only', async () => {
  const devices = [device('a', { state: 'Failed' }), device('b', { state: 'Failed' })];
  const { continuation } = await devicesByChange(
    partsOf(devices),
    rollout,
    { limit: 1, state: 'Failed' },
    now,
  );
  expect(continuation).toBeDefined();
  await expect(devicesByChange(partsOf(devices), rollout, { limit: 1, continuation }, now)).rejects.toThrow(
    ProblemError,
  );
});
