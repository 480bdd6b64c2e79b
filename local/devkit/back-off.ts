const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** However fast the simulated time runs, a hub that is down is not asked more often than this. */
const SHORTEST_MS = 250;

/**
 * How long to wait before the next try to connect, after `failures` failed ones in a row (from 1): doubling
 * from one second to one minute of simulated time, of which a random part up to a half is taken off so
 * that a fleet does not come back in step. Milliseconds of real time.
 */
export function backOff(failures: number, speed: number, random: number): number {
  const simulated = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
  return Math.max(SHORTEST_MS, simulated / speed) * (1 - random / 2);
}
