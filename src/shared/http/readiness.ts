import { LateAnswerError, within } from './within.ts';

/** Whether one thing that the app depends on answers, and how much work waits there where that is known. */
export type Check =
  | { readonly ok: true; readonly lag?: number }
  | { readonly ok: false; readonly reason: string };

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, Check>>;
}

const TIMEOUT_MS = 5000;

/**
 * Runs every probe at once; one that fails or does not answer within five seconds makes the app not
 * ready. Of what a probe gives only a number `lag` is told, and it does not make the app unready: work that
 * waits is no reason to take an instance away. `describe` turns what a probe threw into a reason without secrets.
 */
export async function readiness(
  probes: Readonly<Record<string, () => Promise<unknown>>>,
  describe: (error: unknown) => string,
): Promise<Readiness> {
  const entries = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => [name, await check(probe, describe)] as const),
  );
  return { ready: entries.every(([, result]) => result.ok), checks: Object.fromEntries(entries) };
}

async function check(probe: () => Promise<unknown>, describe: (error: unknown) => string): Promise<Check> {
  try {
    return { ok: true, ...lagOf(await within(TIMEOUT_MS, probe())) };
  } catch (error) {
    return { ok: false, reason: error instanceof LateAnswerError ? error.message : describe(error) };
  }
}

function lagOf(answer: unknown): { readonly lag?: number } {
  const lag = typeof answer === 'object' && answer !== null && 'lag' in answer ? answer.lag : undefined;
  return typeof lag === 'number' ? { lag } : {};
}
