import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; throws at once where the person interrupts it. */
export async function pauseFor(ms: number, interrupted: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: interrupted });
}
