import { type LogEventDescription, logEvents } from '../../../src/shared/log-events.ts';
import { type LogField, logFields } from '../../../src/shared/log-fields.ts';
import { type InstrumentDescription, instruments } from '../../../src/shared/telemetry/instruments.ts';

const events = Object.entries(logEvents as Readonly<Record<string, LogEventDescription>>);
const fields = Object.entries(logFields as Readonly<Record<string, LogField>>);
const metrics = Object.entries(instruments as Readonly<Record<string, InstrumentDescription>>);
const code = (text: string) => `\`${text}\``;
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** The tables of docs/telemetry.md as Markdown, one row a line, without padding. */
export const documentedTables = {
  events: events.map(([name, { meaning, fields: always, optional = [] }]) =>
    row([
      code(name),
      meaning,
      [...always.map(code), ...optional.map((field) => `(${code(field)})`)].join(', '),
    ]),
  ),
  fields: fields.map(([name, { type, meaning }]) => row([code(name), type, meaning])),
  metrics: metrics.map(([name, { kind, unit, meaning, attributes }]) => {
    const lists = Object.entries(attributes).map(
      ([key, values]) => `${code(key)}: ${values.map(code).join(', ')}`,
    );
    return row([code(name), kind, code(unit), meaning, lists.join('; ')]);
  }),
} as const;
