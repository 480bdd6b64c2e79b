import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { JsonObject } from '../../../local/iot-hub/merge-patch.ts';
import { matches } from '../../../local/iot-hub/query/evaluate.ts';
import { parseCondition } from '../../../local/iot-hub/query/expression-parser.ts';
import { parseQuery } from '../../../local/iot-hub/query/query-parser.ts';
import { QueryError } from '../../../local/iot-hub/query/query-syntax.ts';
import type { QueryPosition } from '../../../local/iot-hub/query/run-query.ts';
import { countRows, queryStart, runQuery } from '../../../local/iot-hub/query/run-query.ts';

const device = {
  deviceId: 'a',
  status: 'enabled',
  tags: { site: 'north', floor: 3, 'odd name': true, nothing: null, deep: { er: 'x' } },
  properties: { reported: { firmware: { fwUpdateStatus: 'Current', type: 'IoTDevKit' } } },
  configurations: { 'fw-1-0-1': { status: 'Applied' } },
};

function selects(condition: string): boolean {
  return matches(parseCondition(condition), device);
}

describe('a condition', () => {
  test.each([
    ["tags.site = 'north'"],
    ['tags.site = "north"'],
    ["tags.site != 'north' OR tags.site IN ['south', 'north']"],
    ["tags.site <> 'south' and NOT tags.floor < 3"],
    ['tags.floor >= 3 AND tags.floor <= 3'],
    ['tags.floor + 1 * 2 = 5 AND (tags.floor + 1) * 2 = 8 AND tags.floor % 2 = 1'],
    ['tags.floor - 1 - 1 = 1 AND 12 / 2 / 3 = 2'],
    ['-tags.floor = -3'],
    ["tags.site NIN ['south']"],
    ['tags.[[odd name]] = true'],
    ['tags.[[odd name]]'],
    ['tags.nothing = null AND tags.site != null'],
    ["configurations.[[fw-1-0-1]].status = 'Applied'"],
    ['is_defined(tags.deep.er) AND NOT IS_DEFINED(tags.deep.est)'],
    [
      "properties.reported.firmware.fwUpdateStatus='Current' AND properties.reported.firmware.type='IoTDevKit'",
    ],
    ["deviceId = 'a'"],
    ["'it\\'s' = \"it's\""],
    ['*'],
  ])('%s selects', (condition) => {
    expect(selects(condition)).toBe(true);
  });

  test.each([
    [''],
    ['  '],
    ['false'],
    ["tags.site = 'North'"],
    ['tags.site > 1'],
    ['tags.site'],
    ['tags.deep = tags.deep'],
    ['tags.floor / 0 = tags.floor / 0'],
    ['tags.site IN []'],
    ["tags.site IN ['south'] AND tags.missing = 1 OR false"],
  ])('%s does not select', (condition) => {
    expect(selects(condition)).toBe(false);
  });

  test('a comparison with a missing property is neither true nor false', () => {
    for (const comparison of ['= 1', '!= 1', '< 1', 'IN [1]', 'NIN [1]']) {
      expect(selects(`tags.missing ${comparison}`)).toBe(false);
      expect(selects(`NOT (tags.missing ${comparison})`)).toBe(false);
    }
    expect(selects('tags.missing = 1 OR true')).toBe(true);
    expect(selects('NOT (tags.missing = 1 AND false)')).toBe(true);
  });

  test('AND binds tighter than OR, NOT tighter than AND', () => {
    expect(selects('true OR false AND false')).toBe(true);
    expect(selects('(true OR false) AND false')).toBe(false);
    expect(selects('NOT false AND false')).toBe(false);
  });

  test('any number of parentheses may follow each other', () => {
    expect(selects(Array.from({ length: 200 }, () => '(1 = 1)').join(' AND '))).toBe(true);
  });

  test('inherited members of objects are not properties', () => {
    expect(selects('is_defined(tags.constructor)')).toBe(false);
    expect(selects('is_defined(tags.[[__proto__]])')).toBe(false);
  });
});

describe('a text that is no condition is refused where it goes wrong', () => {
  test.each([
    ['tags.a =', 8, 'expected a property, found the end'],
    ["tags.a = 'b", 9, 'the string is not closed'],
    ['tags.a = 1 tags', 11, 'expected the end of the query, found tags'],
    ['tags.a == 1', 8, 'expected a property, found ='],
    ['tags..a = 1', 5, 'expected a property, found .'],
    ['(tags.a = 1', 11, 'expected ), found the end'],
    ["tags.a IN 'b'", 10, 'expected [, found b'],
    ["STARTS_WITH(tags.a, 'b')", 0, 'the only function'],
    ['tags.a = 1; drop', 10, 'unexpected character ;'],
    ['from devices.modules where true', 0, 'expected a property'],
    [`${'('.repeat(5000)}1${')'.repeat(5000)}`, 100, 'nests deeper than 100'],
    [`${'NOT '.repeat(2000)}true`, 400, 'nests deeper than 100'],
    [`${'- '.repeat(2000)}1`, 200, 'nests deeper than 100'],
  ])('%.30s', (condition, position, message) => {
    const error = refusalOf(() => parseCondition(condition));
    expect(error.message).toContain(message);
    expect(error.position).toBeGreaterThanOrEqual(position);
    expect(error.position).toBeLessThanOrEqual(position + 4);
  });

  test('whatever is typed, reading it ends in a value or a QueryError', () => {
    const word = fc.constantFrom(
      'tags.a',
      '=',
      "'x'",
      '(',
      ')',
      'AND',
      'NOT',
      'IN',
      '[',
      ']',
      '[[',
      '1',
      '-',
      ',',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 3 })), { maxLength: 30 }), (words) => {
        const text = words.join(' ');
        expect(outcomeOf(() => selects(text))).toSatisfy(
          (outcome) => typeof outcome === 'boolean' || outcome instanceof QueryError,
        );
      }),
    );
  });

  test('any string can be compared with, once quotes and backslashes are escaped', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const literal = `'${value.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
        expect(matches(parseCondition(`tags.v = ${literal}`), { tags: { v: value } })).toBe(true);
      }),
    );
  });

  test('any name can be reached in double square brackets', () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !text.includes(']'));
    fc.assert(
      fc.property(name, (key) => {
        expect(
          matches(parseCondition(`is_defined(tags.[[${key}]])`), { tags: Object.fromEntries([[key, 1]]) }),
        ).toBe(true);
      }),
    );
  });
});

describe('a query', () => {
  const documents = [
    { deviceId: 'a', tags: { site: 'north' } },
    { deviceId: 'b', tags: { site: 'south' } },
    { deviceId: 'c', tags: { site: 'north' } },
    { deviceId: 'd' },
  ] satisfies JsonObject[];
  const rows = documents.map((document, i) => ({ order: i * 3, document: (): JsonObject => document }));

  function answer(text: string): unknown[] {
    return runQuery(parseQuery(text), rows, queryStart, Infinity).items;
  }

  test('selects whole documents, columns under their last name, or an alias', () => {
    expect(answer("select * from devices where deviceId = 'a'")).toEqual([documents[0]]);
    expect(
      answer('SELECT deviceId, tags.site AS [[where]] FROM devices WHERE NOT is_defined(tags.site)'),
    ).toEqual([{ deviceId: 'd' }]);
    expect(answer("SELECT tags.site FROM devices WHERE deviceId IN ['b']")).toEqual([{ site: 'south' }]);
  });

  test('counts all, or by group', () => {
    expect(answer('SELECT COUNT() AS n FROM devices')).toEqual([{ n: 4 }]);
    expect(answer("SELECT COUNT() AS n FROM devices WHERE tags.site = 'west'")).toEqual([{ n: 0 }]);
    expect(answer('SELECT tags.site AS site, COUNT() AS n FROM devices GROUP BY tags.site')).toEqual([
      { site: 'north', n: 2 },
      { site: 'south', n: 1 },
      { n: 1 },
    ]);
  });

  test('counts rows for a metric', () => {
    expect(countRows(parseQuery("SELECT deviceId FROM devices WHERE tags.site='north'"), rows)).toBe(2);
  });

  test.each([
    ['SELECT * FROM devices.modules', 'only devices can be queried'],
    ['SELECT * FROM things', 'expected FROM devices'],
    ['SELECT TOP x * FROM devices', 'expected a whole number after TOP'],
    ['SELECT * FROM devices ORDER BY deviceId', 'expected the end of the query'],
    ['SELECT tags.site, COUNT() AS n FROM devices', 'neither counted nor in GROUP BY'],
    ['SELECT * FROM devices GROUP BY tags.site', 'cannot be grouped'],
    ['', 'expected SELECT'],
  ])('%s is refused', (text, message) => {
    expect(refusalOf(() => parseQuery(text)).message).toContain(message);
  });

  test('pages of any size add up to the answer, TOP included', () => {
    const options = fc.record({ size: fc.integer({ min: 1, max: 6 }), top: fc.integer({ min: 0, max: 6 }) });
    fc.assert(
      fc.property(options, ({ size, top }) => {
        const query = parseQuery(`SELECT TOP ${top} deviceId FROM devices`);
        const seen: unknown[] = [];
        let position: QueryPosition | undefined = queryStart;
        for (let pages = 0; position; pages++) {
          expect(pages).toBeLessThanOrEqual(rows.length);
          const page = runQuery(query, rows, position, size);
          expect(page.items.length).toBeLessThanOrEqual(size);
          seen.push(...page.items);
          position = page.next;
        }
        expect(seen).toEqual(documents.slice(0, top).map(({ deviceId }) => ({ deviceId })));
      }),
    );
  });
});

function outcomeOf(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (error) {
    return error;
  }
}

function refusalOf(parse: () => unknown): QueryError {
  const outcome = outcomeOf(parse);
  if (outcome instanceof QueryError) return outcome;
  throw new Error('not refused as a query', { cause: outcome });
}
