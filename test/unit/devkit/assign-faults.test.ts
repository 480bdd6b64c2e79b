import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignFaults, FaultSharesError, parseFaultShares } from '../../../local/devkit/assign-faults.ts';
import { FAULT_NAMES, type FaultName } from '../../../local/devkit/fault-profiles.ts';

describe('the shares of faults in a fleet', () => {
  it('are met exactly where they divide', () => {
    const counts = countOf(assignFaults(20, { 'falls-back': 10, 'wrong-bytes': 10, silent: 5 }, 1));
    expect(counts).toEqual({ 'falls-back': 2, 'wrong-bytes': 2, silent: 1, none: 15 });
  });

  it('go to the largest remainders where they do not', () => {
    // Of seven devices: 2.31 slow, 1.19 silent, 3.5 without a fault.
    expect(countOf(assignFaults(7, { slow: 33, silent: 17 }, 1))).toEqual({ slow: 2, silent: 1, none: 4 });
  });

  it('are never off by a whole device, and name every device once', () => {
    const names = FAULT_NAMES.filter((name) => name !== 'none');
    const shares = fc.dictionary(fc.constantFrom(...names), fc.integer({ min: 0, max: 16 }));
    fc.assert(
      fc.property(fc.nat(500), shares, fc.integer(), (count, wanted, seed) => {
        const assigned = assignFaults(count, wanted, seed);
        const counts = countOf(assigned);
        expect(assigned).toHaveLength(count);
        for (const name of names) {
          const exact = (count * (wanted[name] ?? 0)) / 100;
          expect(Math.abs((counts[name] ?? 0) - exact)).toBeLessThan(1);
        }
      }),
    );
  });

  it('are spread by the seed alone', () => {
    const shares = { 'falls-back': 50 };
    expect(assignFaults(40, shares, 7)).toEqual(assignFaults(40, shares, 7));
    expect(assignFaults(40, shares, 7)).not.toEqual(assignFaults(40, shares, 8));
    expect(new Set(assignFaults(40, shares, 7).slice(0, 20)).size).toBe(2);
  });
});

describe('the text of --faults', () => {
  it('is read with spaces, percent signs and fractions', () => {
    expect(parseFaultShares('falls-back=10, wrong-bytes = 2.5%')).toEqual({
      'falls-back': 10,
      'wrong-bytes': 2.5,
    });
    expect(parseFaultShares('')).toEqual({});
  });

  it.each([
    ['falls-back', '"falls-back" is not a fault with its share.'],
    ['falls-back=ten', '"falls-back=ten" is not a fault with its share.'],
    ['falls-back=-1', '"falls-back=-1" is not a fault with its share.'],
    ['broken=10', 'There is no fault "broken"; there are none, wrong-bytes,'],
    ['slow=1,slow=2', 'The fault "slow" is named twice.'],
    ['slow=60,silent=41', 'The shares are 101 percent together, more than 100.'],
  ])('is refused when it is %j', (text, message) => {
    expect(() => parseFaultShares(text)).toThrow(FaultSharesError);
    expect(() => parseFaultShares(text)).toThrow(message);
  });
});

function countOf(assigned: readonly FaultName[]): Partial<Record<FaultName, number>> {
  const counts: Partial<Record<FaultName, number>> = {};
  for (const name of assigned) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
