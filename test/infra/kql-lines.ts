import { type LogEventDescription, logEvents } from '../../src/shared/log-events.ts';
import { type LogField, type LogFieldType, logFields } from '../../src/shared/log-fields.ts';

/** What a query reads of the app's log lines. */
export interface LinesRead {
  /** Values of `event`; empty where it takes lines of every kind. */
  readonly events: readonly string[];
  /** Field -> the functions that convert it. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/** The conversions of KQL that fit to a type of field; what only asks whether there is a value fits to each. */
const CONVERSIONS: Readonly<Record<LogFieldType, readonly string[]>> = {
  string: ['tostring'],
  number: ['tolong', 'todouble'],
  boolean: ['tobool'],
  strings: ['tostring'],
  counts: ['tostring'],
};
const FOR_ALL = ['isnotempty', 'isempty'];

const descriptions: Readonly<Record<string, LogEventDescription>> = logEvents;
const catalogue: Readonly<Record<string, LogField>> = logFields;

export function linesRead(query: string): LinesRead {
  const fields = new Map<string, string[]>();
  for (const [, conversion = '', field = ''] of query.matchAll(/(?:(\w+)\(\s*)?\bline\.(\w+)/g)) {
    fields.set(field, [...(fields.get(field) ?? []), conversion]);
  }
  const events = [...query.matchAll(/Message startswith '\{"event":"([^"']+)"/g)].map(
    ([, name = '']) => name,
  );
  return { events, fields };
}

/** Where a query reads what no line has: names of events and fields, and types, that the catalogue does not know. */
export function lineProblems(query: string): string[] {
  const { events, fields } = linesRead(query);
  const unknown = events.filter((event) => descriptions[event] === undefined);
  if (unknown.length > 0) return unknown.map((event) => `no line has the event "${event}"`);
  const filters = query.match(/Message startswith '\{"event":"/g)?.length ?? 0;
  if (fields.size > 0 && filters !== 1)
    return ['reads fields of lines without choosing their event, once, by how they begin'];
  const problems: string[] = [];
  for (const [field, conversions] of fields) {
    const type = field === 'event' ? 'string' : catalogue[field]?.type;
    if (type === undefined || events.some((event) => !isFieldOf(event, field))) {
      problems.push(`no such line has the field "${field}"`);
      continue;
    }
    const wrong = conversions.filter((name) => ![...CONVERSIONS[type], ...FOR_ALL].includes(name));
    problems.push(...wrong.map((name) => `"${field}" is a ${type}, not to be read by "${name}"`));
  }
  return problems;
}

function isFieldOf(event: string, field: string): boolean {
  const { fields = [], optional = [] } = descriptions[event] ?? {};
  return ['event', 'correlationId', ...fields, ...optional].includes(field);
}
