/** What a figure has to reach. */
export interface Goal {
  readonly is: 'at-most' | 'at-least';
  readonly bound: number;
}

/** One measured number. */
export interface Figure {
  readonly figure: string;
  readonly value: number;
  /** `x` for ratios. */
  readonly unit: string;
  readonly goal?: Goal;
}

/** What one bench found, with what a reader has to know to judge it. */
export interface BenchResult {
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
}

/** How a bench is run. */
export interface BenchOptions {
  /** Smaller and fewer rounds: every bench in less than 40 s. */
  readonly quick: boolean;
}

export const atMost = (bound: number): Goal => ({ is: 'at-most', bound });
export const atLeast = (bound: number): Goal => ({ is: 'at-least', bound });

/** Whether the goal is reached; null where there is none. A value that is no number reaches no goal. */
export function isReached({ value, goal }: Pick<Figure, 'value' | 'goal'>): boolean | null {
  if (goal === undefined) return null;
  return goal.is === 'at-most' ? value <= goal.bound : value >= goal.bound;
}
