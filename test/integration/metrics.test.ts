import { afterAll, beforeAll, expect, test } from 'vitest';
import { readOpenMetrics } from '../unit/http/open-metrics-lint.ts';
import { ApiAtHand, twinChange } from './api-at-hand.ts';

let hand: ApiAtHand;

beforeAll(async () => {
  hand = await ApiAtHand.start();
  await hand.release('1.0.1', '2026-03-01T00:00:00.000Z');
  for (let i = 1; i <= 3; i++) await hand.refuse(`empty-${i}.bin`, `2026-03-0${i}T11:00:00.000Z`);
  await hand.record([
    twinChange('devkit-0001', { version: 2, status: 'Downloading' }),
    twinChange('devkit-0002', { version: 3, status: 'Current', current: '1.0.1' }),
    twinChange('devkit-0003', { version: 3, status: 'Current', current: '1.0.1' }),
  ]);
});
afterAll(() => hand.close());

const scraped = async () => readOpenMetrics((await hand.api.ask('/api/metrics')).text);

test('metrics are OpenMetrics, and name no device', async () => {
  const { text, headers } = await hand.api.ask('/api/metrics');
  expect(headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  const families = readOpenMetrics(text);
  const devices = families.get('firmware_ota_devices')?.samples ?? [];
  expect(devices).toContainEqual({
    labels: { rollout: 'fw-iotdevkit-1-0-1', state: 'AlreadyCurrent' },
    value: 2,
  });
  expect(families.get('firmware_ota_rollout_state')?.samples).toContainEqual({
    labels: { rollout: 'fw-iotdevkit-1-0-1', firmware_ota_rollout_state: 'running' },
    value: 1,
  });
  // At noon of March 2nd: the refusal of the 2nd and the one that is dated in the future.
  expect(families.get('firmware_ota_refusals_recent')?.samples).toEqual([{ labels: {}, value: 2 }]);
  expect(text).not.toContain('devkit-0');
});

test('metrics tell what the gates lead to, what webhooks wait, and how far recording is behind', async () => {
  hand.ingestLag = async () => ({
    events: 5,
    partitions: { 0: 5, 1: 0 },
    recorded: { 0: 40, 1: 2 },
  });
  const families = await scraped();
  const samples = (name: string) => families.get(`firmware_ota_${name}`)?.samples;
  const next = samples('rollout_next')?.filter(({ value }) => value === 1);
  expect(next).toContainEqual({
    labels: { rollout: 'fw-iotdevkit-1-0-1', firmware_ota_rollout_next: 'nothing' },
    value: 1,
  });
  expect(samples('ingest_known')).toEqual([{ labels: {}, value: 1 }]);
  expect(samples('ingest_lag')).toEqual([
    { labels: { partition: '0' }, value: 5 },
    { labels: { partition: '1' }, value: 0 },
  ]);
  expect(samples('twin_changes_recorded')?.map(({ value }) => value)).toEqual([40, 2]);
  expect(samples('webhook_events_waiting')).toHaveLength(1);
  expect(samples('webhook_dead_letters')).toEqual([{ labels: {}, value: 0 }]);
});

test('metrics tell how long ago rollouts were recounted, once they were', async () => {
  const drift = async () => (await scraped()).get('firmware_ota_recount_drift');
  expect((await drift())?.samples).toEqual([]);
  await hand.recount('2026-03-02T11:59:00Z');
  const families = await scraped();
  const labels = { rollout: 'fw-iotdevkit-1-0-1' };
  expect(families.get('firmware_ota_recount_drift')?.samples).toContainEqual({ labels, value: 0 });
  expect(families.get('firmware_ota_recount_age_seconds')?.samples).toContainEqual({ labels, value: 60 });
});

test('metrics are there also where the Event Hub does not answer, and say so', async () => {
  hand.ingestLag = async () => {
    throw new Error('no answer');
  };
  const families = await scraped();
  expect(families.get('firmware_ota_ingest_known')?.samples).toEqual([{ labels: {}, value: 0 }]);
  expect(families.get('firmware_ota_ingest_lag')?.samples).toEqual([]);
  expect(families.get('firmware_ota_devices')?.samples.length).toBeGreaterThan(0);
  expect(hand.api.lines).toContainEqual(
    expect.objectContaining({ event: 'ingest-lag-unknown', error: 'no answer' }),
  );
});
