import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { assumptions } from '../../../infra/scale/assumptions.ts';
import { costDrivers } from '../../../infra/scale/cost-drivers.ts';
import { fleetOf } from './fleet-at-hand.ts';

const quantity = (meter: string, devices: number) =>
  costDrivers(fleetOf({ devices })).find((driver) => driver.meter === meter)?.quantity;

test('a million devices: 7 million events, 300 GB, 100 x 10,000 downloads', () => {
  expect(quantity('eventHubsMillionEvents', 1_000_000)).toBe(7);
  expect(quantity('egressGigabytes', 1_000_000)).toBe(300);
  expect(quantity('blobTenThousandReads', 1_000_000)).toBe(100);
});

test('table requests grow with 12 for 1,000 events above what the timers ask', () => {
  const grown =
    (quantity('tableTenThousandTransactions', 1_000_000) ?? 0) -
    (quantity('tableTenThousandTransactions', 0) ?? 0);
  expect(grown).toBeCloseTo(8.4, 9);
});

test('a cost is there where a price is', () => {
  const drivers = costDrivers(fleetOf(), { egressGigabytes: 0.5 });
  expect(drivers.filter(({ cost }) => cost !== undefined)).toEqual([
    expect.objectContaining({ meter: 'egressGigabytes', quantity: 3, cost: 1.5 }),
  ]);
});

test('the ledger was measured to ask for no more than the model assumes', () => {
  const results = readFileSync(new URL('../../../bench/results.md', import.meta.url), 'utf8');
  const rows = [...results.matchAll(/ledger: requests per 1,000 events +\| +([\d.]+) \|/g)].map(([, value]) =>
    Number(value),
  );
  expect(rows.length).toBeGreaterThanOrEqual(3);
  expect(Math.max(...rows)).toBeLessThanOrEqual(assumptions.tableRequestsPer1000Events);
});
