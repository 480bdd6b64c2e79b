/** What a spreadsheet takes for a formula, or for the beginning of one after trimming. */
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * A row of CSV (RFC 4180). A text that a spreadsheet would run as a formula gets a `'` before it: devices
 * and uploads choose some of the texts.
 */
export function csvRow(values: readonly (string | number | undefined)[]): string {
  return `${values.map(field).join(',')}\r\n`;
}

function field(value: string | number | undefined): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const inert = FORMULA.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
