import { type BenchResult, type Figure, type Goal, isReached } from './figure.ts';
import type { Machine } from './machine.ts';

export interface NamedResult {
  readonly bench: string;
  readonly result: BenchResult;
}

/** One object a line, for programs: `bench`, `figure`, `value`, `unit`, `goal`, `ok`. */
export function jsonLines({ bench, result }: NamedResult): string {
  const line = ({ figure, value, unit, goal }: Figure): string =>
    JSON.stringify({
      bench,
      figure,
      value: Number(value.toPrecision(4)),
      unit,
      goal: goal?.bound ?? null,
      ok: isReached({ value, ...(goal && { goal }) }),
    });
  return result.figures.map((figure) => `${line(figure)}\n`).join('');
}

/** The figures and notes of one bench as Markdown, for people. */
export function benchSection({ bench, result }: NamedResult): string {
  const rows = result.figures.map(
    (figure) =>
      `| ${figure.figure} | ${shown(figure.value)} | ${figure.unit} | ${goalText(figure.goal)} | ${verdict(figure)} |`,
  );
  const notes = result.notes.map((note) => `- ${note}`);
  const table = ['| figure | value | unit | goal | |', '| --- | ---: | --- | --- | --- |', ...rows];
  return [`## ${bench}`, '', ...table, '', ...notes, ''].join('\n');
}

/** The whole results page. `date` is RFC 3339. */
export function resultsPage(date: string, machine: Machine, results: readonly NamedResult[]): string {
  const all = results.flatMap(({ result }) => result.figures).filter(({ goal }) => goal !== undefined);
  const missed = all.filter((figure) => isReached(figure) === false);
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  return [
    '# Benchmark results',
    '',
    'Written by `npm run bench`; docs/benchmarks.md says how to read it.',
    '',
    `- ${date}`,
    `- ${machine.cores} cores, ${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.platform}, Node ${machine.node}; load ${machine.load.toFixed(1)} at the start`,
    `- ${packages.join(', ')}`,
    `- ${all.length - missed.length} of ${all.length} goals reached${missed.length === 0 ? '' : '; missed ones are marked'}`,
    '',
    ...results.map(benchSection),
  ].join('\n');
}

function verdict(figure: Figure): string {
  const reached = isReached(figure);
  if (reached === null) return '';
  return reached ? 'reached' : '**missed**';
}

function goalText(goal: Goal | undefined): string {
  if (goal === undefined) return '';
  return `${goal.is === 'at-most' ? '≤' : '≥'} ${goal.bound}`;
}

/** Three digits that count; whole numbers from 100 on. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en-US')
    : String(Number(value.toPrecision(3)));
}
