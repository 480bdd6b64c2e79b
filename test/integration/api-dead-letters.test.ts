import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawTwinEvent } from '../../src/shared/status/twin-change.ts';
import { AnswerValidator } from '../unit/http/answer-validator.ts';
import { document, operations } from '../unit/http/described-api.ts';
import { ApiAtHand, twinChange } from './api-at-hand.ts';

interface Letter {
  readonly id: string;
  readonly code: string;
  readonly deviceId: string;
  readonly enqueuedAt: string;
  readonly body: string;
  readonly replayable: boolean;
}

type Event = Omit<RawTwinEvent, 'sequenceNumber'>;

const ROLLOUT = '/api/rollouts/fw-iotdevkit-1-0-1';
const validator = new AnswerValidator(document);
const replayOperation = operations.find(({ id }) => id === 'dead-letter-replay');
let hand: ApiAtHand;

beforeAll(async () => {
  hand = await ApiAtHand.start();
  await hand.release('1.0.1', '2026-03-01T00:00:00.000Z');
});
afterAll(() => hand.close());

/** A report that names no version: it belongs to the device's open attempt, and is dead where there is none. */
function unattributable(deviceId: string): Event {
  return twinChange(deviceId, { version: 3, status: 'Applying', pending: '' });
}

const garbage = (deviceId: string, enqueuedAt: string, body: unknown = '{"properties":'): Event => ({
  ...twinChange(deviceId, { version: 1, status: 'Downloading' }, enqueuedAt),
  body,
});

async function letters(query = ''): Promise<Letter[]> {
  const found: Letter[] = [];
  for (let next: string | undefined = `/api/dead-letters${query}`; next !== undefined;) {
    const page = (await hand.api.ask(next)).json() as { value: Letter[]; nextLink?: string };
    found.push(...page.value);
    next = page.nextLink;
  }
  return found;
}

/** The answer's status and body; it has to be as the document describes it. */
async function replay(id: string): Promise<[number, Record<string, unknown>]> {
  const answer = await hand.api.ask(`/api/dead-letters/${id}/replay`, { method: 'POST' });
  expect(replayOperation && validator.faults(replayOperation, answer)).toEqual([]);
  return [answer.status, answer.json()];
}

const idOf = async (deviceId: string) =>
  (await letters()).find((letter) => letter.deviceId === deviceId)?.id ?? 'none';

const counts = async () => (await hand.api.ask(ROLLOUT)).json()['counts'] as Record<string, number>;

describe('dead letters', () => {
  test('are listed the newest day first, however many days lie between, in pages of any size', async () => {
    const days = ['2019-12-31', '2024-02-29', '2026-02-28', '2026-03-01', '2026-03-02'];
    for (const day of days) {
      await hand.record([1, 2, 3].map((i) => garbage(`${day}-${i}`, `${day}T00:00:0${i}.000Z`)));
    }
    const found = await letters();
    expect(found.map(({ enqueuedAt }) => enqueuedAt.slice(0, 10))).toEqual(
      days.toReversed().flatMap((day) => [day, day, day]),
    );
    for (const size of [1, 2, 3, 4, 200]) {
      expect(await letters(`?limit=${size}`)).toEqual(found);
    }
    expect(found[0]).toMatchObject({ code: 'bad-json', body: '{"properties":', replayable: true });
  });

  test('are counted for the monitoring system while they are new', async () => {
    const { text } = await hand.api.ask('/api/metrics');
    expect(text).toContain('\nfirmware_ota_dead_letters_recent 6\n');
  });

  test('hold no secret', async () => {
    await hand.record([garbage('leaky', '2026-03-02T01:00:00.000Z', 'https://h/x.bin?sig=s3cret&sv=1')]);
    const leaky = (await letters()).find(({ deviceId }) => deviceId === 'leaky');
    expect(leaky?.body).toContain('sig=REDACTED');
  });
});

describe('a replay', () => {
  test('records what is understood now, once, and removes the letter', async () => {
    await hand.record([unattributable('early-one')]);
    const id = await idOf('early-one');
    expect((await replay(id))[0]).toBe(409);
    // What was missing: the report that opens the attempt.
    await hand.record([twinChange('early-one', { version: 2, status: 'Downloading' })]);
    expect(await replay(id)).toEqual([200, { outcome: 'recorded', entries: 1 }]);
    expect(await counts()).toMatchObject({ Downloading: 0, Applying: 1 });
    expect((await replay(id))[0]).toBe(404);
  });

  test('of many events at once records each of them', async () => {
    const ids = Array.from({ length: 8 }, (_, i) => `many-${i}`);
    await hand.record(ids.map((id) => unattributable(id)));
    const dead = (await letters()).filter(({ deviceId }) => deviceId.startsWith('many-'));
    await hand.record(ids.map((id) => twinChange(id, { version: 2, status: 'Downloading' })));
    const answers = await Promise.all(dead.map(({ id }) => replay(id)));
    expect(answers).toEqual(ids.map(() => [200, { outcome: 'recorded', entries: 1 }]));
    expect(await counts()).toMatchObject({ Applying: 9, Downloading: 0 });
  });

  test('of an event that is recorded already changes nothing', async () => {
    await hand.record([unattributable('again')]);
    const id = await idOf('again');
    await hand.record([
      twinChange('again', { version: 2, status: 'Downloading' }),
      twinChange('again', { version: 3, status: 'Applying' }),
    ]);
    const before = await counts();
    expect(await replay(id)).toEqual([200, { outcome: 'recorded', entries: 0 }]);
    expect(await counts()).toEqual(before);
  });

  test('of what is still not understood says so and keeps the letter', async () => {
    await hand.record([garbage('broken', '2026-03-02T02:00:00.000Z')]);
    const id = await idOf('broken');
    const [status, problem] = await replay(id);
    expect([status, problem['detail']]).toEqual([409, expect.stringContaining('bad-json')]);
    expect(await idOf('broken')).toBe(id);
  });

  test('of what was kept only in part is refused', async () => {
    await hand.record([garbage('huge', '2026-03-02T03:00:00.000Z', `{"a":"${'x'.repeat(40_000)}`)]);
    const huge = (await letters()).find(({ deviceId }) => deviceId === 'huge');
    expect(huge?.replayable).toBe(false);
    expect((await replay(huge?.id ?? ''))[0]).toBe(409);
  });

  test('of what concerns no rollout any more says so and removes the letter', async () => {
    await hand.record([unattributable('lone')]);
    const id = await idOf('lone');
    const rollout = await hand.rollouts.get('fw-iotdevkit-1-0-1');
    if (rollout) await hand.rollouts.remove(rollout);
    await hand.rollouts.list();
    expect(await replay(id)).toEqual([200, { outcome: 'skipped', entries: 0, skipped: 'not-released' }]);
    expect(await idOf('lone')).toBe('none');
  });
});
