import { beforeAll, describe, expect, test } from 'vitest';
import { lineProblems, linesRead } from './kql-lines.ts';
import { type Analysis, kqlParser } from './kql-parser.ts';
import { alertRules, queryFiles, workbookQueries } from './kql-queries.ts';
import { workspaceTables } from './workspace-tables.ts';

const rules = alertRules();
const queries = [...workbookQueries(), ...rules];

let analyse: (query: string) => Analysis;
beforeAll(() => {
  analyse = kqlParser(workspaceTables);
});

describe('the queries of workbook and alerts', () => {
  test('are all there', () => {
    expect(queries.length).toBeGreaterThanOrEqual(25);
    expect(rules.map(({ name }) => name.replace('alert: ', '')).toSorted()).toEqual(queryFiles().toSorted());
  });

  test.each(queries)('$name: Microsoft’s own parser finds nothing wrong', ({ query }) => {
    expect(analyse(query).problems).toEqual([]);
  });

  test.each(queries)('$name: reads only what the app writes', ({ query }) => {
    expect(lineProblems(query)).toEqual([]);
  });

  test('read lines of the app, nearly all of them', () => {
    expect(queries.filter(({ query }) => linesRead(query).fields.size > 0).length).toBeGreaterThan(18);
  });
});

describe('the rules of alerts', () => {
  test.each(rules)('$name: gives the columns that the rule compares', ({ query, column, dimension }) => {
    const { columns } = analyse(query);
    expect(['long', 'int', 'real']).toContain(columns[column]);
    expect(columns[dimension]).toBe('string');
  });

  test('choose the same lines as the workbook does for the same subject', () => {
    const shown = new Set(workbookQueries().flatMap(({ query }) => linesRead(query).events));
    const watched = rules.flatMap(({ query }) => linesRead(query).events);
    // The quota is the hub's own figure, which its blade shows.
    expect(watched.filter((event) => !shown.has(event))).toEqual(['configurations-near-quota']);
  });
});

describe('mistakes are found', () => {
  const good = `AppTraces
| where Message startswith '{"event":"device-ended"'
| extend line = parse_json(Message)
| summarize Devices = sum(tolong(line.devices)) by Reason = tostring(line.reason)`;

  test('and there is none in what they are made from', () => {
    expect(analyse(good).problems).toEqual([]);
    expect(lineProblems(good)).toEqual([]);
  });

  test.each([
    ['a column', 'Message startswith', 'Mesage startswith', /Mesage/],
    ['a table', 'AppTraces', 'AppTrace', /AppTrace/],
    ['an operator', 'summarize', 'summarise', /./],
    ['a function', 'parse_json(', 'parse_jsn(', /parse_jsn/],
    ['a bracket', 'sum(tolong(line.devices))', 'sum(tolong(line.devices)', /./],
    ['a table of the classic schema', 'AppTraces', 'traces', /traces/],
  ])('by the parser: %s', (_what, from, to, words) => {
    expect(good).toContain(from);
    expect(analyse(good.replace(from, to)).problems.join()).toMatch(words);
  });

  test.each([
    ['the name of an event', 'device-ended', 'device-end', 'no line has the event "device-end"'],
    ['the name of a field', 'line.reason', 'line.reasons', 'no such line has the field "reasons"'],
    ['a field of another event', 'line.reason', 'line.lagMs', 'no such line has the field "lagMs"'],
    [
      'a type',
      'tolong(line.devices)',
      'tostring(line.devices)',
      '"devices" is a number, not to be read by "tostring"',
    ],
    ['no type', 'tolong(line.devices)', 'line.devices', '"devices" is a number, not to be read by "sum"'],
    [
      'no event',
      'startswith \'{"event":"device-ended"\'',
      'has "device-ended"',
      'reads fields of lines without choosing their event, once, by how they begin',
    ],
  ])('by the catalogue: %s', (_what, from, to, problem) => {
    expect(good).toContain(from);
    expect(lineProblems(good.replace(from, to))).toEqual([problem]);
  });
});
