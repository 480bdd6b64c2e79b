import { expect, test } from 'vitest';
import { touchedDevices } from '../../../cli/touched-devices.ts';
import { rolloutAtHand } from './rollout-at-hand.ts';

// 20 targeted: 16 have an end, 3 are at work, 1 has not begun.
const rollout = rolloutAtHand();

test('a person is told how many devices go on and how many do not', () => {
  expect(touchedDevices(rollout, 'stop')).toBe(
    'The offer is withdrawn from 1 device that has not begun. 3 devices that are at work will finish. It cannot be resumed.',
  );
  expect(touchedDevices(rollout, 'pause')).toBe(
    'No further stage opens. 3 devices that are at work will finish; 1 device that the open stage targets may still begin.',
  );
  expect(touchedDevices(rollout, 'revert')).toContain('offered to the 20 devices that it targets');
  expect(touchedDevices(rollout, 'retire')).toContain('20 devices keep the firmware that they run');
});

test('an approval of a paused rollout overrules its gate, and says so', () => {
  expect(touchedDevices(rollout, 'approve')).toBe(
    'Stage 2 of 2 may open, beyond the 20 devices targeted so far.',
  );
  expect(touchedDevices(rolloutAtHand({ state: 'paused' }), 'approve')).toContain('is overruled');
});
