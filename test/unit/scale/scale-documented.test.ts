import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  arithmeticTable,
  costTable,
  exampleFleets,
  limitTable,
  stepTable,
} from '../../../infra/scale/scale-tables.ts';

const page = readFileSync(new URL('../../../docs/scale.md', import.meta.url), 'utf8');
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
  expect(unpadded(page)).toContain(unpadded(table));
});
