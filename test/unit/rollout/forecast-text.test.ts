import { expect, test } from 'vitest';
import type { Forecast } from '../../../src/shared/rollout/forecast.ts';
import { forecastFromText, forecastText } from '../../../src/shared/rollout/forecast-text.ts';
import { forecastOf } from './forecast-at-hand.ts';

const LONGEST_COLUMN = 32_768;

const unreached = (count: number, length: number): Forecast['unreached'] =>
  Array.from({ length: count }, (_, i) => ({
    deviceId: `device-${i}`,
    reason: 'no-bucket-tag',
    detail: 'x'.repeat(length),
  }));

test('a forecast comes back as it was', () => {
  const firstStage = { name: '1 %', targetCondition: 'tags.größe = 1', devices: 5 };
  const whole = forecastOf({ unreached: unreached(20, 500), firstStage });
  expect(forecastFromText(forecastText(whole))).toEqual(whole);
  expect(forecastFromText(forecastText(forecastOf()))).toEqual(forecastOf());
});

test('one that a column cannot hold names fewer devices, as many as fit', () => {
  const text = forecastText(forecastOf({ unreached: unreached(20, 3000) }));
  expect(text.length).toBeLessThanOrEqual(LONGEST_COLUMN);
  expect(forecastFromText(text).unreached).toEqual(unreached(20, 3000).slice(0, 10));
});

test('the longest conditions that there can be still fit, cut short', () => {
  const targetCondition = '\u0001'.repeat(7000);
  const firstStage = { name: 'x'.repeat(64), targetCondition, devices: 5 };
  const text = forecastText(forecastOf({ targetCondition, firstStage, unreached: unreached(20, 500) }));
  expect(text.length).toBeLessThanOrEqual(LONGEST_COLUMN);
  const kept = forecastFromText(text);
  expect(kept.matching).toBe(40);
  expect(kept.firstStage?.targetCondition).toBe(`${'\u0001'.repeat(2000)}…`);
});
