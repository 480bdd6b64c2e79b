import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { alertRules } from '../../infra/kql-queries.ts';
import { documentedTables } from './documented-tables.ts';

const page = readFileSync(new URL('../../../docs/telemetry.md', import.meta.url), 'utf8')
  // The formatter pads the columns of a table.
  .replace(/ +/g, ' ');

describe('docs/telemetry.md', () => {
  test.each(['events', 'fields', 'metrics'] as const)(
    'shows the catalogue of %s, whole and in order',
    (table) => {
      expect(documentedTables[table].length).toBeGreaterThan(10);
      const rows = documentedTables[table].map((row) => row.replace(/ +/g, ' '));
      expect(rows.filter((row) => !page.includes(row))).toEqual([]);
      expect(page).toContain(rows.join('\n'));
    },
  );

  test('shows every alert rule', () => {
    const rules = alertRules().map(({ name }) => name.replace(/^alert: (.*)\.kql$/, '$1'));
    expect(rules.length).toBeGreaterThan(5);
    expect(rules.filter((rule) => !page.includes(`\`${rule}\``))).toEqual([]);
  });
});
