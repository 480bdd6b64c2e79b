import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  arithmeticTable,
  costTable,
  deployFleets,
  exampleFleets,
  limitTable,
  stepTable,
} from '../../../infra/scale/scale-tables.ts';

const read = (page: string) => readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
/** The formatter pads the columns of a table. */
const unpadded = (text: string) => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---');
const second = exampleFleets.slice(1, 2);

test.each([
  ['times', stepTable(exampleFleets)],
  ['limits', second.map(limitTable).join('\n')],
  ['costs', costTable(exampleFleets)],
  ['arithmetic', second.map(arithmeticTable).join('\n')],
])('docs/scale.md holds the table of %s as the model has it', (_name, table) => {
  expect(table.split('\n').length).toBeGreaterThan(5);
  expect(unpadded(read('scale.md'))).toContain(unpadded(table));
});

test('docs/deploy.md holds the costs of 100, 10,000 and 1,000,000 devices as the model has them', () => {
  expect(deployFleets.map(({ devices }) => devices)).toEqual([100, 10_000, 1_000_000]);
  for (const table of [costTable(deployFleets), ...second.map(arithmeticTable)]) {
    expect(unpadded(read('deploy.md'))).toContain(unpadded(table));
  }
});
