import { expect } from 'vitest';
import type { Rollout } from '../../src/shared/rollout/rollout.ts';
import { indexedStates } from '../../src/shared/status/bad-end-index.ts';
import type { DeviceUpdateDetail } from '../../src/shared/status/device-history.ts';
import { writerOf } from '../../src/shared/status/event-batch.ts';
import { LedgerReads } from '../../src/shared/status/ledger-reads.ts';
import { recountShard } from '../../src/shared/status/recount.ts';
import { Model } from './model.ts';
import type { Tables } from './schedule.ts';
import type { World } from './world.ts';

const ENDS = new Set(['Succeeded', 'AlreadyCurrent', 'Failed', 'Reverted']);

/** Everything that must hold after a schedule, whatever happened in it. Returns what the ledger holds, for comparison. */
export async function checkLedger(world: World, tables: Tables): Promise<readonly DeviceUpdateDetail[]> {
  const model = modelOf(world);
  const held: DeviceUpdateDetail[] = [];
  for (const rollout of world.rollouts) {
    const details = await detailsOf(rollout, tables);
    await checkCounts(rollout, tables, details);
    checkAnnounced(rollout, tables, details);
    for (const detail of details) {
      checkHistory(detail);
      if (isOrdered(detail.deviceId, world, model)) checkAgainstModel(detail, model);
      else if (!world.recreated.has(detail.deviceId)) checkOwnReports(detail, rollout, world);
    }
    checkNoneMissing(rollout, details, model, world);
    held.push(...details);
  }
  await checkDeadLetters(world, tables);
  return held;
}

function modelOf(world: World): Model {
  const model = new Model(world.rollouts);
  for (const log of world.logs) for (const { event } of log) model.see(event);
  return model;
}

async function detailsOf(rollout: Rollout, tables: Tables): Promise<DeviceUpdateDetail[]> {
  const reads = new LedgerReads(tables.updates.connect());
  const ids: string[] = [];
  let continuation: string | undefined;
  do {
    const page = await reads.devicesOf(rollout, { limit: 7, continuation });
    ids.push(...page.devices.map(({ deviceId }) => deviceId));
    ({ continuation } = page);
  } while (continuation !== undefined);
  expect(new Set(ids).size, 'no device is listed twice').toBe(ids.length);
  const details = await Promise.all(ids.map((id) => reads.deviceUpdate(rollout, id)));
  return details.filter((detail) => detail !== undefined);
}

/** Counts = what the rows say = what a recount says, and the indexes hold just the devices of their states, as their rows are. */
async function checkCounts(
  rollout: Rollout,
  tables: Tables,
  details: readonly DeviceUpdateDetail[],
): Promise<void> {
  const table = tables.updates.connect();
  const reads = new LedgerReads(table);
  const { byState, seen } = await reads.countsOf(rollout);
  expect(seen).toBe(details.length);
  for (const [state, count] of Object.entries(byState)) {
    expect(count, `devices that are ${state}`).toBe(
      details.filter((detail) => detail.state === state).length,
    );
  }
  for (const state of indexedStates) {
    const { devices } = await reads.devicesOf(rollout, { state, limit: 1000 });
    const rows = details.filter((detail) => detail.state === state);
    expect(devices.length, `devices in the index of ${state} ones`).toBe(rows.length);
    for (const device of devices) {
      expect(rows.find(({ deviceId }) => deviceId === device.deviceId)).toMatchObject({ ...device });
    }
  }
  const { groups } = await reads.failuresOf(rollout);
  const grouped = groups.reduce((sum, { devices }) => sum + devices, 0);
  expect(grouped, 'devices in the groups of failures').toBe(byState.Failed + byState.Reverted);
  for (let shard = 0; shard < rollout.shards; shard += 1) {
    expect(await recountShard(table, rollout, shard, new Date(0))).toMatchObject({ kind: 'exact' });
  }
}

/** Every attempt that ended badly was announced as what the history tells, and nothing else was. */
function checkAnnounced(rollout: Rollout, tables: Tables, details: readonly DeviceUpdateDetail[]): void {
  const ended = details.flatMap(({ deviceId, history }) =>
    history
      .filter(({ state }) => state === 'Failed' || state === 'Reverted')
      .map(({ state, attempt }) => `${deviceId} ${attempt} ${state}`),
  );
  const announced = tables.announced.filter((item) => item.rollout.id === rollout.id);
  const told = announced.map(({ deviceId, end }) => `${deviceId} ${end.attempt} ${end.state}`);
  expect(new Set(told)).toEqual(new Set(ended));
}

/** History and gaps are the versions that exist; attempts only grow; an end is not overwritten. */
function checkHistory({ history, missed, state, attempt }: DeviceUpdateDetail): void {
  expect(missed).toBe(history.reduce((sum, { gap }) => sum + gap, 0));
  expect(JSON.stringify(history)).not.toContain('s3cret');
  const told = history.filter((entry) => entry.state !== undefined);
  expect(told.at(-1)).toMatchObject({ state, attempt });
  const faulty = told.filter((entry, i) => {
    const before = told[i - 1] ?? entry;
    const growth = (entry.attempt ?? 0) - (before.attempt ?? 0);
    const overwritesEnd = growth === 0 && ENDS.has(before.state ?? '') && entry.state !== before.state;
    return (growth !== 0 && growth !== 1) || overwritesEnd;
  });
  expect(faulty, 'attempts grow one by one, an end is final').toEqual([]);
}

function checkAgainstModel(detail: DeviceUpdateDetail, model: Model): void {
  const expected = model.updates.get(Model.key(detail.rolloutId, detail.deviceId));
  const history = detail.history.map(
    (entry) => [`${entry.life}/${entry.version}`, entry.state ?? 'late'] as const,
  );
  expect({
    device: detail.deviceId,
    state: detail.state,
    attempt: detail.attempt,
    last: detail.reportedVersion,
    history: Object.fromEntries(history),
  }).toEqual({
    device: detail.deviceId,
    state: expected?.state,
    attempt: expected?.attempt,
    last: expected?.last,
    history: Object.fromEntries(expected?.history ?? []),
  });
}

function isOrdered(deviceId: string, world: World, model: Model): boolean {
  return !world.unordered.has(deviceId) && !model.ambiguous.has(deviceId);
}

/** In whatever order they came: every report that names the rollout's version is in the history, however late. */
function checkOwnReports(
  { deviceId, history }: DeviceUpdateDetail,
  { version }: Rollout,
  world: World,
): void {
  const held = new Set(history.map((entry) => entry.version));
  const missing = world.logs
    .flat()
    .filter(({ event: { deviceId: id, kind, firmware, version: reported } }) => {
      const isCurrent = firmware['fwUpdateStatus'] === 'Current';
      const named = isCurrent ? firmware['currentFwVersion'] : firmware['pendingFwVersion'];
      return id === deviceId && kind === 'report' && named === version && !held.has(reported);
    });
  expect(missing.map(({ event }) => event)).toEqual([]);
}

function checkNoneMissing(
  rollout: Rollout,
  details: readonly DeviceUpdateDetail[],
  model: Model,
  world: World,
): void {
  const held = new Set(details.map(({ deviceId }) => deviceId));
  const devices = new Set(world.logs.flat().map(({ event }) => event.deviceId));
  const missing = [...devices].filter((id) => {
    return isOrdered(id, world, model) && model.updates.has(Model.key(rollout.id, id)) && !held.has(id);
  });
  expect(missing).toEqual([]);
}

async function checkDeadLetters(world: World, tables: Tables): Promise<void> {
  for (const [partition, log] of world.logs.entries()) {
    const writer = writerOf({ stream: 'ns/hub', partition: String(partition) });
    for (const { event, raw } of log.filter((logged) => logged.event.kind === 'garbage')) {
      const rowKey = `${writer}|${String(raw.sequenceNumber).padStart(20, '0')}`;
      const letter = await tables.deadLetters.connect().getEntity(raw.enqueuedAt.slice(0, 10), rowKey);
      expect(letter).toMatchObject({ code: 'unknown-status', deviceId: event.deviceId });
    }
  }
}
