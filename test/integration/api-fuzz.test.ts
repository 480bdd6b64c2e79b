import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnyOperation } from '../../src/shared/http/operation.ts';
import { AnswerValidator } from '../unit/http/answer-validator.ts';
import { document, operations } from '../unit/http/described-api.ts';
import { ApiAtHand, twinChange } from './api-at-hand.ts';

const RUNS = 60;
const validator = new AnswerValidator(document);
let hand: ApiAtHand;

beforeAll(async () => {
  hand = await ApiAtHand.start();
  await hand.release('1.0.1', '2026-03-01T00:00:00.000Z');
  await hand.record([
    twinChange('devkit-0001', { version: 2, status: 'Downloading' }),
    { ...twinChange('devkit-0001', { version: 3, status: 'Downloading' }), body: 'no json' },
  ]);
});
afterAll(() => hand.close());

/** Segments that exist, that could exist, and that cannot. */
const segment = fc.oneof(
  fc.constantFrom('fw-iotdevkit-1-0-1', 'devkit-0001', 'IoTDevKit', '1.0.1', 'swagger-ui.css', 'start.js'),
  fc.constantFrom('FirmwareOTA-1.0.1.bin', 'a b(+).bin', '.bin', 'plans/own.json', 'a/b.bin'),
  fc.constantFrom('..', "'", "' or 1 eq 1", '__proto__', 'constructor', '%', 'a|b', '\0', '2026-03-01@a@0@1'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
);
const parameter = fc.tuple(
  fc.oneof(
    fc.constantFrom('limit', 'continuation', 'state', 'reason', 'stuck', 'deviceType', 'version'),
    fc.constantFrom('plan', 'targetCondition', 'priority', 'dryRun', 'labels'),
    fc.constantFrom('code', '__proto__', 'toString', ''),
    fc.string({ unit: 'binary', maxLength: 20 }),
  ),
  fc.oneof(
    fc.constantFrom(
      '0',
      '1',
      '201',
      '-1',
      '1e9',
      'NaN',
      '1.5',
      'Failed',
      'running',
      'true',
      '',
      "'",
      '{"a":"b"}',
    ),
    fc.json({ maxDepth: 1 }).map((text) => Buffer.from(text).toString('base64url')),
    // Cursors of the right form with a wrong content.
    fc
      .tuple(
        fc.constantFrom('rollouts', 'releases', 'refusals', 'uploads', 'dead-letters', 'fw-iotdevkit-1-0-1'),
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.integer()), { maxLength: 3 }),
      )
      .map(([list, key]) => Buffer.from(JSON.stringify([list, ...key])).toString('base64url')),
    fc.string({ unit: 'binary', maxLength: 300 }),
  ),
);
const body = fc.oneof(fc.json(), fc.string({ unit: 'binary' }));

function pathOf({ path }: AnyOperation, segments: readonly string[]): string {
  let at = 0;
  const filled = path.replaceAll(/\{\w+\}/g, () =>
    encodeURIComponent((segments[at++] ?? 'x').toWellFormed()),
  );
  // A URL takes `.` and `..` away, however they are written: then another resource is asked for.
  return `/api${filled}`.replaceAll(/\/(?:\.|%2e){1,2}(?=\/|$)/gi, '/dots');
}

test.each(operations)(
  '$id answers any request with what is described, and never with a fault',
  async (operation) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { minLength: 2, maxLength: 2 }),
        fc.array(parameter, { maxLength: 3 }),
        body,
        async (segments, parameters, text) => {
          const query = new URLSearchParams();
          for (const [name, value] of parameters) query.append(name.toWellFormed(), value.toWellFormed());
          const path = `${pathOf(operation, segments)}?${query.toString()}`;
          const { method, bytes } = operation;
          const headers = { 'content-type': bytes?.mediaType ?? 'application/json' };
          const sent = method === 'GET' ? {} : { body: text, headers };
          const answer = await hand.api.ask(path, { method, ...sent });
          expect(answer.status, `${path}: ${JSON.stringify(hand.api.lines.at(-1))}`).toBeLessThan(500);
          expect(validator.faults(operation, answer)).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
  },
);
