import { describe, expect, test } from 'vitest';
import { attemptsOf, endOf, type Report, timeInStates } from '../../../web/device/attempts.ts';
import { gapInWords, lastedInWords, stuckInWords, timesInWords } from '../../../web/device/device-words.ts';

const START = Date.parse('2026-03-01T10:00:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const NOW = START + 100_000;

function report(seconds: number, state: Report['state'], more: Partial<Report> = {}): Report {
  return {
    version: seconds,
    life: 0,
    status: state ?? 'Downloading',
    ...(state !== undefined && { state }),
    attempt: 1,
    hubTime: at(seconds),
    gap: 0,
    ...more,
  };
}

describe('the history of a device in a rollout', () => {
  test('is told state by state, each until the next', () => {
    const [attempt] = attemptsOf([report(0, 'Downloading'), report(12, 'Applying'), report(20, 'Succeeded')]);
    expect(attempt?.happenings).toMatchObject([
      { state: 'Downloading', from: at(0), until: at(12), isExact: true },
      { state: 'Applying', from: at(12), until: at(20), isExact: true },
      { state: 'Succeeded', from: at(20), until: undefined },
    ]);
    expect(attempt && timeInStates(attempt, NOW)).toEqual([
      { state: 'Downloading', ms: 12_000 },
      { state: 'Applying', ms: 8000 },
    ]);
  });

  test('shows a gap where it is, and takes the time across it as the longest', () => {
    const [attempt] = attemptsOf([report(0, 'Downloading'), report(30, 'Applying', { gap: 2 })]);
    expect(attempt?.happenings).toMatchObject([
      { kind: 'state', state: 'Downloading', isExact: false },
      { kind: 'gap', changes: 2 },
      { kind: 'state', state: 'Applying' },
    ]);
    const [first] = attempt?.happenings ?? [];
    expect(first?.kind === 'state' && lastedInWords(first, NOW)).toBe('for at most 30 s');
  });

  test('folds reports that tell nothing new, unless something is missing between them', () => {
    const [folded] = attemptsOf([report(0, 'Downloading'), report(5, 'Downloading')]);
    expect(folded?.happenings).toMatchObject([{ state: 'Downloading', repeats: 1 }]);
    const [kept] = attemptsOf([report(0, 'Downloading'), report(5, 'Downloading', { gap: 1 })]);
    expect(kept?.happenings.map(({ kind }) => kind)).toEqual(['state', 'gap', 'state']);
  });

  test('puts the newest attempt first, and each attempt in its own order', () => {
    const attempts = attemptsOf([
      report(0, 'Downloading'),
      report(9, 'Failed', { substatus: 'VerifyFailed' }),
      report(20, 'Downloading', { attempt: 2 }),
      report(40, 'Applying', { attempt: 2 }),
    ]);
    expect(attempts.map((attempt) => [attempt.number, endOf(attempt)])).toEqual([
      [2, 'Applying'],
      [1, 'Failed'],
    ]);
  });

  test('keeps a late report in sight, which changes no time', () => {
    const [attempt] = attemptsOf([
      report(0, 'Downloading'),
      report(4, undefined, { note: 'late' }),
      report(12, 'Succeeded'),
    ]);
    expect(attempt?.happenings.map(({ kind }) => kind)).toEqual(['state', 'late', 'state']);
    expect(attempt && timeInStates(attempt, NOW)).toEqual([{ state: 'Downloading', ms: 12_000 }]);
  });

  test('counts the time in a state that still holds up to now, and none in an end', () => {
    const [running] = attemptsOf([report(40, 'Downloading')]);
    const [happening] = running?.happenings ?? [];
    expect(happening?.kind === 'state' && lastedInWords(happening, NOW)).toBe('for 1 min so far');
    expect(running && timesInWords(timeInStates(running, NOW))).toBe('Downloading 1 min');
    const [ended] = attemptsOf([report(40, 'Failed')]);
    const [end] = ended?.happenings ?? [];
    expect(end?.kind === 'state' && lastedInWords(end, NOW)).toBeUndefined();
    expect(ended && timeInStates(ended, NOW)).toEqual([]);
  });

  test('of nothing is nothing', () => {
    expect(attemptsOf([])).toEqual([]);
  });
});

test('a gap says that reports may be missing, and why that need not be so', () => {
  expect(gapInWords(1)).toContain('Reports may be missing here: the twin has changed 1 time ');
  expect(gapInWords(3)).toContain('3 times');
});

test('there is something to look at for every state in which a device can hang, and for no end', () => {
  for (const state of ['Downloading', 'Verifying', 'Applying'] as const) {
    expect(stuckInWords(state)?.length).toBeGreaterThan(50);
  }
  for (const state of ['Succeeded', 'AlreadyCurrent', 'Failed', 'Reverted'] as const) {
    expect(stuckInWords(state)).toBeUndefined();
  }
});
