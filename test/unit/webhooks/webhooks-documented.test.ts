import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { eventNames, TEST_EVENT } from '../../../src/shared/webhooks/event-names.ts';
import { RETRY_WAITS } from '../../../src/shared/webhooks/retry-schedule.ts';
import { TIMEOUT_MS } from '../../../src/shared/webhooks/delivery.ts';
import { everyEvent } from './events-at-hand.ts';

const text = readFileSync(new URL('../../../docs/webhooks.md', import.meta.url), 'utf8');
const examples = [...text.matchAll(/^```json ([\w.-]+)\n([\s\S]*?)\n```$/gm)].map(
  ([, name = '', json = '']) => [name, JSON.parse(json) as unknown] as const,
);

test('every event is described, in the order of the code, and no other', () => {
  const described = [...text.matchAll(/^\| `(\w+\.[\w-]+)` +\|/gm)].map(([, name]) => name);
  expect(described).toEqual([...eventNames, TEST_EVENT]);
});

test('there is an example of every kind', () => {
  expect(new Set(examples.map(([name]) => name.split('.')[0]))).toEqual(
    new Set(['rollout', 'device', 'upload']),
  );
});

test.each(examples)('the example of %s is what is sent', (name, example) => {
  const sent = everyEvent().find(({ type }) => type === `io.github.iot-firmware-ota.${name}.v1`);
  expect(example).toEqual(sent);
});

test('the waits and the timeout are the ones of the code', () => {
  const words = RETRY_WAITS.map((seconds) => {
    if (seconds >= 3600) return `${seconds / 3600} h`;
    return seconds >= 60 ? `${seconds / 60} min` : `${seconds} s`;
  });
  expect(text).toContain(`again after ${words.join(', ')}`);
  expect(text).toContain(`within ${TIMEOUT_MS / 1000} seconds`);
});
