import type { DeviceState } from '../../client/answers.ts';
import { counted } from '../words/numbers.ts';
import { stateWords } from '../words/states.ts';
import { duration } from '../words/times.ts';
import { type Happening, isEnd, type Report, type TimeInState } from './attempts.ts';

/** `for 12 s`, `for at most 12 s`, `for 3 min so far`; `undefined` for an end, which lasts. */
export function lastedInWords(
  happening: Extract<Happening, { kind: 'state' }>,
  now: number,
): string | undefined {
  const { state, from, until, isExact } = happening;
  if (isEnd(state)) return undefined;
  const ms = (until === undefined ? now : Date.parse(until)) - Date.parse(from);
  if (until === undefined) return `for ${duration(ms)} so far`;
  return `for ${isExact ? '' : 'at most '}${duration(ms)}`;
}

/** `Downloading 12 s, Applying 8 s`. */
export function timesInWords(times: readonly TimeInState[]): string {
  return times.map(({ state, ms }) => `${stateWords[state].label} ${duration(ms)}`).join(', ');
}

export function gapInWords(changes: number): string {
  return `Reports may be missing here: the twin has changed ${counted(changes, 'time')} of which no report came. IoT Hub merges changes that follow each other quickly, and other properties count as well.`;
}

export function noteInWords(note: NonNullable<Report['note']>): string {
  switch (note) {
    case 'restarted':
      return 'It has started again.';
    case 'recreated':
      return 'It was deleted and created anew in IoT Hub.';
    case 'late':
      return 'It came late, when a newer report was already here, and changed nothing.';
  }
}

/** Why a device may hang in a working state, and what to look at; `undefined` for an end, in which none hangs. */
export function stuckInWords(state: DeviceState): string | undefined {
  switch (state) {
    case 'Downloading':
      return 'It began to download and has not said since that it has the image. Look whether it is powered and online, whether it can reach the download address, and whether its sketch trusts the root certificate of that address: stock DevKit sketches trust one that has expired. A reset makes it try again.';
    case 'Verifying':
      return 'It has the image and has not said whether it is intact. Look whether it is powered and online; a reset makes it try again.';
    case 'Applying':
      return 'It restarts with the new image and has not come back. The new firmware may not start, or may not connect to IoT Hub: look at the device itself before more devices take this image.';
    case 'Succeeded':
    case 'AlreadyCurrent':
    case 'Failed':
    case 'Reverted':
      return undefined;
  }
}
