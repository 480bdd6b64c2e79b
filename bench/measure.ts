/** What one timed task took. */
export interface Measured<Result> {
  readonly result: Result;
  readonly wallMs: number;
  /** CPU time of this whole process meanwhile, user and system. */
  readonly cpuMs: number;
}

/** Runs the task once and measures it. */
export async function measured<Result>(task: () => Promise<Result>): Promise<Measured<Result>> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await task();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { result, wallMs, cpuMs: (user + system) / 1000 };
}

/**
 * Runs every task once a round, round after round, so that a busy moment of the machine meets all of them
 * and not one alone. The results are in the order of the rounds.
 */
export async function interleaved<Name extends string, Result>(
  rounds: number,
  tasks: Readonly<Record<Name, (round: number) => Promise<Result>>>,
): Promise<Record<Name, Result[]>> {
  const names = Object.keys(tasks) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Result[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) results[name].push(await tasks[name](round));
  }
  return results;
}

/** The middle value; the mean of the two middle ones where their number is even. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** The smallest value that `share` (0 to 1) of all values do not exceed (nearest rank). NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The median of the ratios of two series, paired by round: what was measured side by side is compared. */
export function medianRatio(values: readonly number[], bases: readonly number[]): number {
  return median(values.map((value, round) => value / (bases[round] ?? Number.NaN)));
}
