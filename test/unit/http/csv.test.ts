import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvRow } from '../../../src/shared/http/csv.ts';

test('quotes what has to be quoted', () => {
  expect(csvRow(['a', 'b,c', 'say "x"', 'two\nlines', 7, undefined])).toBe(
    'a,"b,c","say ""x""","two\nlines",7,\r\n',
  );
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('makes the formula %j inert', (text) => {
  expect(csvRow([text]).replace(/^"/, '')[0]).toBe("'");
});

test('gives back every text that is no formula', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (texts) => {
      const plain = texts.filter((text) => !/^[=+\-@\t\r]/.test(text));
      expect(parseRow(csvRow(plain))).toEqual(plain.length === 0 ? [''] : plain);
    }),
  );
});

/** A reader of one row by the grammar of RFC 4180. */
function parseRow(row: string): string[] {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n$)/y;
  for (let end = ','; end === ',';) {
    const match = field.exec(row);
    if (!match) throw new Error(`Not a row of CSV: ${JSON.stringify(row)}`);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    end = match[3] ?? '';
  }
  return fields;
}
