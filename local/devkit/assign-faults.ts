import { FAULT_NAMES, isFaultName, type FaultName } from './fault-profiles.ts';
import { seededRandom } from './seeded-random.ts';

/** Percent of the devices that have a fault; what is left over has none. */
export type FaultShares = Partial<Record<FaultName, number>>;

/** A `--faults` text that cannot be understood; the message says what is wrong and what is allowed. */
export class FaultSharesError extends Error {
  readonly code = 'FAULT_SHARES';

  constructor(why: string) {
    super(`${why} Write for example "falls-back=10,wrong-bytes=10" (percent of the devices).`);
    this.name = 'FaultSharesError';
  }
}

/** Reads `falls-back=10,wrong-bytes=2.5`. Throws `FaultSharesError`. */
export function parseFaultShares(text: string): FaultShares {
  const shares: FaultShares = {};
  for (const part of text.split(',').filter((each) => each.trim() !== '')) {
    const [, name = '', percent = ''] = /^\s*([^=\s]+)\s*=\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(part) ?? [];
    if (name === '') throw new FaultSharesError(`"${part.trim()}" is not a fault with its share.`);
    if (!isFaultName(name)) {
      throw new FaultSharesError(`There is no fault "${name}"; there are ${FAULT_NAMES.join(', ')}.`);
    }
    if (shares[name] !== undefined) throw new FaultSharesError(`The fault "${name}" is named twice.`);
    shares[name] = Number(percent);
  }
  const total = sum(Object.values(shares));
  if (total > 100) throw new FaultSharesError(`The shares are ${total} percent together, more than 100.`);
  return shares;
}

/**
 * Which of `count` devices has which fault: exactly the shares, rounded by the largest remainder, and
 * spread over the fleet by the seed alone.
 */
export function assignFaults(count: number, shares: FaultShares, seed: number): FaultName[] {
  const assigned = apportion(count, shares).flatMap(({ name, whole }) => Array<FaultName>(whole).fill(name));
  return shuffle(assigned, seededRandom(seed));
}

/** Whole devices for each share: the floors first, then one more for the largest remainders. */
function apportion(count: number, shares: FaultShares): { name: FaultName; whole: number }[] {
  const faulty = sum(FAULT_NAMES.map((name) => (name === 'none' ? 0 : (shares[name] ?? 0))));
  const quotas = FAULT_NAMES.map((name) => {
    const percent = name === 'none' ? 100 - faulty : (shares[name] ?? 0);
    const exact = (count * percent) / 100;
    return { name, whole: Math.floor(exact), remainder: exact - Math.floor(exact) };
  });
  const missing = count - sum(quotas.map((quota) => quota.whole));
  const byRemainder = quotas.toSorted((a, b) => b.remainder - a.remainder);
  for (const quota of byRemainder.slice(0, missing)) quota.whole++;
  return quotas;
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
