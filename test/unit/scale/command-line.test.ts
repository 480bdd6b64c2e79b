import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readCommandLine, USAGE, UsageError } from '../../../infra/scale/command-line.ts';
import { costDrivers } from '../../../infra/scale/cost-drivers.ts';
import { fleetPlan } from '../../../infra/scale/fleet-plan.ts';
import { planText } from '../../../infra/scale/plan-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'scale-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test('the defaults are a hub of one S1 unit and the plan careful', () => {
  const command = readCommandLine(['--devices', '500']);
  expect(command).toMatchObject({ kind: 'plan', json: false, prices: {} });
  expect(command.kind === 'plan' && command.fleet).toMatchObject({
    devices: 500,
    tier: 'S1',
    units: 1,
    planName: 'careful',
    imageBytes: 300_000,
    tagsPerSecond: 20,
  });
});

test.each([
  [[], '--devices is a whole number from 1 to 100000000'],
  [['--devices', '0'], '--devices is a whole number from 1 to 100000000'],
  [['--devices', '5', '--tier', 'B1'], '--tier is one of F1, S1, S2, S3'],
  [['--devices', '5', '--partitions', '33'], '--partitions is a whole number from 1 to 32'],
  [['--device', '5'], "Unknown option '--device'"],
  [['--devices', '5', '--plan', '/nowhere.json'], '/nowhere.json cannot be read'],
])('%j is refused and told what is right', (args, message) => {
  expect(() => readCommandLine(args)).toThrow(UsageError);
  expect(() => readCommandLine(args)).toThrow(message);
});

test('a plan of its own is read and checked as an upload’s', () => {
  const right = file('right.json', '{"stages":[{"percent":10},{"percent":100}]}');
  const command = readCommandLine(['--devices', '5', '--plan', right]);
  expect(command.kind === 'plan' && command.fleet.plan.stages).toHaveLength(2);
  const wrong = file('wrong.json', '{"stages":[{"percent":0}]}');
  expect(() => readCommandLine(['--devices', '5', '--plan', wrong])).toThrow('stages.0.percent');
});

test('prices are read, and an unknown meter is an error', () => {
  const right = file('prices.json', '{"egressGigabytes":0.1}');
  expect(readCommandLine(['--devices', '5', '--prices', right])).toMatchObject({
    prices: { egressGigabytes: 0.1 },
  });
  const wrong = file('meters.json', '{"egress":0.1}');
  expect(() => readCommandLine(['--devices', '5', '--prices', wrong])).toThrow('egress');
});

test('the page says how long, what binds and what does not fit', () => {
  const command = readCommandLine(['--devices', '600', '--tier', 'F1', '--plan', 'all-at-once']);
  if (command.kind !== 'plan') throw new Error('no plan');
  const page = planText(command.fleet, fleetPlan(command.fleet), costDrivers(command.fleet, command.prices));
  expect(page).toContain('600 devices on 1 x F1, plan all-at-once, image of 300 kB');
  expect(page).toContain('Does not fit: A hub of tier F1 holds 500 devices');
  expect(page).toMatch(/^reports of devices +3,600 twin updates +50\/s +72 s/m);
  expect(USAGE).toContain('--devices N');
});
