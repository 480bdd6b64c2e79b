import { describe, expect, test } from 'vitest';
import { workbook } from './kql-queries.ts';

/** What the Workbooks service takes, of what this workbook uses: its types of items and their versions. */
const ITEM_VERSIONS: Readonly<Record<number, string | undefined>> = {
  1: undefined,
  3: 'KqlItem/1.0',
  9: 'KqlParameterItem/1.0',
};
const { version, items, fallbackResourceIds } = workbook();
const queries = items.filter(({ type }) => type === 3);

describe('the workbook', () => {
  test('is one', () => {
    expect(version).toBe('Notebook/1.0');
    expect(queries.length).toBeGreaterThan(15);
    expect(fallbackResourceIds).toEqual(['__WORKSPACE_ID__']);
  });

  test('names every item, each otherwise', () => {
    const names = items.map(({ name }) => name);
    expect(names.every((name) => /^[a-z-]+$/.test(name))).toBe(true);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(items)('$name: is of a known type and version', ({ type, content }) => {
    expect(Object.keys(ITEM_VERSIONS)).toContain(String(type));
    expect(content['version']).toBe(ITEM_VERSIONS[type]);
  });

  test.each(queries)(
    '$name: asks the workspace, in the time that is chosen, and has a title',
    ({ content }) => {
      expect(content).toMatchObject({
        queryType: 0,
        resourceType: 'microsoft.operationalinsights/workspaces',
        timeContextFromParameter: 'TimeRange',
        title: expect.stringMatching(/./),
        noDataMessage: expect.stringMatching(/./),
      });
      expect(['table', 'timechart']).toContain(content['visualization']);
    },
  );

  test('defines each parameter that it uses, and uses each', () => {
    const parameters = items.flatMap(
      ({ content }) => (content['parameters'] ?? []) as { id: string; name: string }[],
    );
    const used = queries.flatMap(({ content }) => [
      String(content['timeContextFromParameter']),
      ...[...String(content['query']).matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
    ]);
    expect(new Set(used)).toEqual(new Set(parameters.map(({ name }) => name)));
    expect(new Set(parameters.map(({ id }) => id)).size).toBe(parameters.length);
  });
});
