import { beforeAll, describe, expect, test } from 'vitest';
import { type LedgerTable, TableAccess } from '../../src/shared/azure/table-access.ts';
import { prefixFilter } from '../../src/shared/azure/table-keys.ts';

/** What the ledger relies on, for every table that it may run on. `open` gives an empty table. */
export function tableContract(name: string, open: () => Promise<LedgerTable>): void {
  describe(`${name} as a table`, () => {
    let table: TableAccess;
    let partitions = 0;
    let partitionKey = '';
    const row = (rowKey: string, properties: Record<string, unknown> = {}) => ({
      partitionKey,
      rowKey,
      ...properties,
    });
    const etagOf = async (rowKey: string): Promise<string> =>
      (await table.get(partitionKey, rowKey))?.etag ?? 'none';

    beforeAll(async () => {
      table = new TableAccess(await open());
    });
    const fresh = (): void => {
      partitions += 1;
      partitionKey = `rollout|${String(partitions).padStart(3, '0')}`;
    };

    test('gives back what was written, with 64-bit numbers, and knows what is absent', async () => {
      fresh();
      const written = { text: 'ä"\'\\', small: -7, large: 9_999_999_999n };
      await table.submit([['create', row('d|press~2317', written)]]);
      expect(await table.get(partitionKey, 'd|press~2317')).toMatchObject(written);
      expect(await table.get(partitionKey, 'd|other')).toBeUndefined();
    });

    test('applies a transaction and gives an etag for each row, in order', async () => {
      fresh();
      const outcome = await table.submit([
        ['create', row('a')],
        ['upsert', row('b'), 'Replace'],
      ]);
      expect(outcome).toEqual({ kind: 'committed', etags: [await etagOf('a'), await etagOf('b')] });
    });

    test('takes an update with the row’s etag, and gives the new one', async () => {
      fresh();
      await table.submit([['create', row('a', { n: 1 })]]);
      const before = await etagOf('a');
      const outcome = await table.submit([['update', row('a', { m: 2 }), 'Merge', { etag: before }]]);
      expect(outcome).toEqual({ kind: 'committed', etags: [await etagOf('a')] });
      expect(await etagOf('a')).not.toBe(before);
      expect(await table.get(partitionKey, 'a')).toMatchObject({ n: 1, m: 2 });
    });

    test('replaces a row as a whole', async () => {
      fresh();
      await table.submit([['create', row('a', { n: 1 })]]);
      await table.submit([['update', row('a', { m: 2 }), 'Replace', { etag: await etagOf('a') }]]);
      const replaced = await table.get(partitionKey, 'a');
      expect(replaced).toMatchObject({ m: 2 });
      expect(replaced).not.toHaveProperty('n');
    });

    test.each([
      [
        'an old etag',
        async () => [
          ['update', row('a'), 'Merge', { etag: 'W/"datetime\'2020-01-01T00%3A00%3A00.0000000Z\'"' }],
        ],
      ],
      ['a row that exists already', async () => [['create', row('a')]]],
      [
        'an update of an absent row',
        async () => [['update', row('z'), 'Merge', { etag: await etagOf('a') }]],
      ],
      ['the removal of an absent row', async () => [['delete', row('z')]]],
    ] as const)('refuses %s, and with it the whole transaction', async (_what, faulty) => {
      fresh();
      await table.submit([['create', row('a', { n: 1 })]]);
      const [bad] = await faulty();
      const outcome = await table.submit([['create', row('b')], structuredClone(bad) as never]);
      expect(outcome.kind).toBe('conflict');
      expect(await table.get(partitionKey, 'b')).toBeUndefined();
      expect(await table.get(partitionKey, 'a')).toMatchObject({ n: 1 });
    });

    test('a merge of nothing guards a row by its etag', async () => {
      fresh();
      await table.submit([['create', row('a', { n: 1 })]]);
      const before = await etagOf('a');
      expect((await table.submit([['update', row('a'), 'Merge', { etag: before }]])).kind).toBe('committed');
      expect((await table.submit([['update', row('a'), 'Merge', { etag: before }]])).kind).toBe('conflict');
      expect(await table.get(partitionKey, 'a')).toMatchObject({ n: 1 });
    });

    test('takes 100 operations and not 101', async () => {
      fresh();
      const rows = (count: number) =>
        Array.from({ length: count }, (_, i): ['upsert', ReturnType<typeof row>, 'Replace'] => [
          'upsert',
          row(`k${i}`),
          'Replace',
        ]);
      expect((await table.submit(rows(100))).kind).toBe('committed');
      await expect(table.submit(rows(101))).rejects.toMatchObject({ code: 'table-refused' });
    });

    test('refuses a value of more than 64 KiB', async () => {
      fresh();
      await expect(table.submit([['create', row('a', { text: 'x'.repeat(33_000) })]])).rejects.toMatchObject({
        code: 'table-refused',
      });
      expect((await table.submit([['create', row('a', { text: 'x'.repeat(32_000) })]])).kind).toBe(
        'committed',
      );
    });

    test('lists a range in the order of its keys, page by page, with chosen columns', async () => {
      fresh();
      for (const key of ['d|b', 'd|a', 'c|x', 'f|a', 'd|c'])
        await table.submit([['create', row(key, { n: 1, m: 2 })]]);
      const pages: string[][] = [];
      const goesOn: boolean[] = [];
      const names = new Set<string>();
      for await (const page of table.pages(prefixFilter(partitionKey, 'd|'), ['rowKey', 'n'], 2)) {
        pages.push(page.map(({ rowKey }) => rowKey ?? ''));
        goesOn.push(page.continuationToken !== undefined);
        for (const found of page) for (const column of Object.keys(found)) names.add(column);
      }
      expect(pages.flat()).toEqual(['d|a', 'd|b', 'd|c']);
      expect(Math.max(...pages.map((page) => page.length))).toBe(2);
      expect([goesOn[0], goesOn.at(-1)]).toEqual([true, false]);
      expect(names).not.toContain('m');
    });

    test('lists a range behind a key, with a filter on the state', async () => {
      fresh();
      for (const [key, state] of [
        ['d|a', 'Failed'],
        ['d|b', 'Failed'],
        ['d|c', 'Succeeded'],
        ['d|d', 'Failed'],
      ] as const) {
        await table.submit([['create', row(key, { state })]]);
      }
      const filter = `${prefixFilter(partitionKey, 'd|', 'd|a')} and state eq 'Failed'`;
      expect((await table.all(filter)).map(({ rowKey }) => rowKey)).toEqual(['d|b', 'd|d']);
    });
  });
}
