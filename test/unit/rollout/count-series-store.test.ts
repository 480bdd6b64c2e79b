import { describe, expect, test } from 'vitest';
import { TableUnavailableError } from '../../../src/shared/azure/table-faults.ts';
import { countColumns, type CountPoint } from '../../../src/shared/rollout/count-series.ts';
import { CountSeriesStore } from '../../../src/shared/rollout/count-series-store.ts';
import { type CallFate, TableDouble } from '../../faults/table-double.ts';

const ID = 'fw-iotdevkit-1-0-1';
const START = Date.parse('2026-03-01T09:00:00Z') / 1000;

function point(minute: number, devices = minute): CountPoint {
  const counts = Object.fromEntries(countColumns.map((column) => [column, devices]));
  return { at: START + minute * 60, counts: counts as CountPoint['counts'] };
}

/** A store over a table whose calls end as `fates` say, one after the other, and then well; with what it called. */
function storeOver(table: TableDouble, ...fates: CallFate[]) {
  const calls = { made: 0 };
  const fate = (): CallFate => fates[calls.made++] ?? 'ok';
  const connection = table.connect({ fate });
  return { store: new CountSeriesStore(async () => connection), calls };
}

const kept = async (table: TableDouble) => storeOver(table).store.of(ID);

describe('the store of counts over time', () => {
  test('reads a series once, and then writes one row a point', async () => {
    const { store, calls } = storeOver(new TableDouble());
    await store.add(ID, point(0), 'always');
    expect(calls.made).toBe(2);
    for (let minute = 1; minute <= 5; minute += 1) await store.add(ID, point(minute), 'always');
    expect(calls.made).toBe(7);
  });

  test('adds nothing for a minute that it has, and where only changes are wanted and nothing has changed', async () => {
    const table = new TableDouble();
    const { store, calls } = storeOver(table);
    await store.add(ID, point(0), 'always');
    await store.add(ID, { ...point(0), at: START + 30 }, 'always');
    await store.add(ID, point(1, 0), 'if-changed');
    expect([await kept(table), calls.made]).toEqual([[point(0)], 2]);
    await store.add(ID, point(2, 0), 'always');
    await store.add(ID, point(3, 9), 'if-changed');
    expect(await kept(table)).toEqual([point(0), point(2, 0), point(3, 9)]);
  });

  test('adds a point once though the answer is lost', async () => {
    const table = new TableDouble();
    const { store } = storeOver(table, 'ok', 'answer-lost');
    await store.add(ID, point(0), 'always');
    await store.add(ID, point(1), 'always');
    expect(await kept(table)).toEqual([point(0), point(1)]);
  });

  test('finds the points that another process has added since', async () => {
    const table = new TableDouble();
    const [one, other] = [storeOver(table).store, storeOver(table).store];
    await one.add(ID, point(0), 'always');
    await other.add(ID, point(1), 'always');
    await one.add(ID, point(2), 'always');
    await other.add(ID, point(3), 'always');
    expect(await kept(table)).toEqual([0, 1, 2, 3].map((minute) => point(minute)));
  });

  test('gives up a point where the table does not answer, and goes on with the next', async () => {
    const table = new TableDouble();
    const { store } = storeOver(table, 'ok', 'ok', 'unavailable', 'unavailable');
    await store.add(ID, point(0), 'always');
    await expect(store.add(ID, point(1), 'always')).rejects.toThrow(TableUnavailableError);
    await store.add(ID, point(2), 'always');
    expect(await kept(table)).toEqual([point(0), point(2)]);
  });
});
