import { afterAll, beforeAll, expect, test } from 'vitest';
import { AnswerValidator } from '../unit/http/answer-validator.ts';
import { document, operations } from '../unit/http/described-api.ts';
import { ApiAtHand, twinChange } from './api-at-hand.ts';

const validator = new AnswerValidator(document);
const operation = operations.find(({ id }) => id === 'diagnosis');

let hand: ApiAtHand;

beforeAll(async () => {
  hand = await ApiAtHand.start();
});
afterAll(() => hand.close());

async function diagnosed() {
  const answer = await hand.api.ask('/api/diagnosis');
  expect(answer.status).toBe(200);
  if (!operation) throw new Error('The API does not describe /api/diagnosis');
  expect(validator.faults(operation, answer)).toEqual([]);
  return answer.json();
}

test('of a new installation, it is known that nothing has arrived and that nothing is offered', async () => {
  expect(await diagnosed()).toMatchObject({
    events: { known: true, partitions: 4 },
    reports: { known: true, offered: 0, silent: [] },
    tags: { known: true, wanted: false },
    plan: { known: true, name: 'all-at-once' },
    settings: { triggerSource: 'polling', downloads: 'public', auth: 'keys' },
  });
});

test('a hub that does not answer hides its quota, and nothing else', async () => {
  const { quota } = await diagnosed();
  expect(quota).toMatchObject({ known: false, reason: expect.stringContaining('ECONNREFUSED') });
});

test('an event hub that does not answer is told as such', async () => {
  hand.events = async () => {
    throw new Error('The namespace is away');
  };
  const { events, reports } = await diagnosed();
  expect(events).toMatchObject({ known: false, reason: expect.stringContaining('The namespace is away') });
  expect(reports).toMatchObject({ known: true });
});

test('a rollout that nobody reports to is silent until the first device does', async () => {
  await hand.release('1.0.1', '2026-03-01T00:00:00.000Z');
  const silent = { rollout: 'fw-iotdevkit-1-0-1', applied: 300, since: '2026-03-01T00:00:00.000Z' };
  expect((await diagnosed())['reports']).toEqual({ known: true, offered: 1, silent: [silent] });

  await hand.record([
    twinChange('devkit-0001', { version: 2, status: 'Downloading' }, '2026-03-01T10:00:00.000Z'),
    twinChange('devkit-0002', { version: 2, status: 'Downloading' }, '2026-03-01T10:05:00.000Z'),
  ]);
  expect((await diagnosed())['reports']).toEqual({
    known: true,
    newestAt: '2026-03-01T10:05:00.000Z',
    offered: 1,
    silent: [],
  });
});

test('bucket tags are wanted from when a stage asks for them', async () => {
  await hand.diagnosis.tags.want();
  expect((await diagnosed())['tags']).toEqual({ known: true, wanted: true });
});

test('a default plan that uploads would be refused with is named with the reason', async () => {
  const plan = hand.firmware.getBlockBlobClient('plans/all-at-once.json');
  await plan.uploadData(Buffer.from('{ "stages": 5 }'));
  expect((await diagnosed())['plan']).toMatchObject({
    known: true,
    name: 'all-at-once',
    problem: expect.stringContaining('plans/all-at-once.json'),
  });
});
