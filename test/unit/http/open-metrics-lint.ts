/** What one family of a text is found to be. */
export interface FoundFamily {
  readonly type: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

const METADATA = /^# (TYPE|HELP|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/s;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?|NaN|[+-]Inf)$/s;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;

/**
 * Reads OpenMetrics 1.0 text strictly and throws at what its grammar or its rules forbid: families that
 * are mixed, repeated or without a type, repeated series, wrong values of info and stateset, no end.
 */
export function readOpenMetrics(text: string): Map<string, FoundFamily> {
  if (!text.endsWith('# EOF\n')) throw new Error('The text does not end with # EOF');
  const families = new Map<string, { type: string; samples: FoundFamily['samples'][number][] }>();
  const series = new Set<string>();
  let current = '';
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const [, keyword, name = '', value = ''] = METADATA.exec(line) ?? [];
    if (keyword === 'TYPE') {
      if (families.has(name)) throw new Error(`The family ${name} comes twice`);
      families.set(name, { type: value, samples: [] });
      current = name;
    } else if (keyword !== undefined) {
      if (name !== current) throw new Error(`${keyword} of ${name} stands in ${current}`);
    } else {
      if (series.has(line.slice(0, line.lastIndexOf(' ')))) throw new Error(`A series comes twice: ${line}`);
      series.add(line.slice(0, line.lastIndexOf(' ')));
      families.get(current)?.samples.push(readSample(line, current, families.get(current)?.type ?? ''));
    }
  }
  return families;
}

function readSample(line: string, family: string, type: string) {
  const [, name, labelText = '', number = ''] = SAMPLE.exec(line) ?? [];
  const suffix = { info: '_info', counter: '_total' }[type] ?? '';
  if (name !== family + suffix) throw new Error(`Not a sample of ${family}: ${line}`);
  const labels = readLabels(labelText);
  const value = Number(number);
  if (type === 'info' && value !== 1) throw new Error(`An info is not 1: ${line}`);
  if (type === 'counter' && !(value >= 0)) throw new Error(`A counter is negative: ${line}`);
  if (type === 'stateset' && ((value !== 0 && value !== 1) || !(family in labels)))
    throw new Error(`Not a state: ${line}`);
  return { labels, value };
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length;) {
    const match = LABEL.exec(text);
    if (!match?.[1]) throw new Error(`Not labels: ${text}`);
    if (match[1] in labels) throw new Error(`The label ${match[1]} comes twice`);
    labels[match[1]] = (match[2] ?? '').replaceAll(/\\(.)/gs, (_, c: string) => (c === 'n' ? '\n' : c));
  }
  return labels;
}
