/** One number of a family. */
export interface Sample {
  /** Names and values; a value is any text, but their number has to stay small: each makes a time series. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly name: string;
  /** A `counter` only grows, but for a new beginning. Of an `info` all samples are 1; of a `stateset` each is 0 or 1, and the label with the family's name tells the state. */
  readonly type: 'gauge' | 'counter' | 'info' | 'stateset';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export const OPEN_METRICS_MEDIA_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** The families in the text format of OpenMetrics 1.0. */
export function openMetricsText(families: readonly MetricFamily[]): string {
  return `${families.map(familyText).join('')}# EOF\n`;
}

/** What the specification appends to the family's name in a sample. */
const suffixes = { gauge: '', counter: '_total', info: '_info', stateset: '' } as const;

function familyText({ name, type, help, samples }: MetricFamily): string {
  const lines = samples.map(({ labels, value }) => `${name}${suffixes[type]}${labelText(labels)} ${value}\n`);
  return `# TYPE ${name} ${type}\n# HELP ${name} ${escaped(help)}\n${lines.join('')}`;
}

function labelText(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
