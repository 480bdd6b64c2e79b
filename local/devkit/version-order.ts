/**
 * The DevKit's own order of firmware versions, ported from its C routine as it stands and apart from the
 * back end's, so that a misreading in one of them shows as a disagreement.
 */

/**
 * The sign of `desired - running`: the device updates only on 1. Component by component up to the
 * longer text, a missing component is 0; inside a component every non-digit is skipped and the digits
 * join; the arithmetic wraps in 32 bits as the device's `int` does.
 */
export function versionOrder(desired: string, running: string): -1 | 0 | 1 {
  let left = 0;
  let right = 0;
  while (left < desired.length || right < running.length) {
    const a = readComponent(desired, left);
    const b = readComponent(running, right);
    if (a.value !== b.value) return a.value > b.value ? 1 : -1;
    left = a.next;
    right = b.next;
  }
  return 0;
}

/** The number from `start` to the next dot or the end, and where the component after it begins. */
function readComponent(text: string, start: number): { value: number; next: number } {
  let value = 0;
  let at = start;
  for (; at < text.length && text[at] !== '.'; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit >= 0 && digit <= 9) value = (Math.imul(value, 10) + digit) | 0;
  }
  return { value, next: at + 1 };
}
