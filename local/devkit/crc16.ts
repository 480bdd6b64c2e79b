/**
 * CRC-16/XMODEM as the DevKit computes it: bit by bit, with the message augmented by two zero bytes.
 *
 * Written from the device's side and on purpose without the package that the back end uses, so that an
 * agreement of the two says something.
 */

/** The generator x^16 + x^12 + x^5 + 1; its highest term is the bit that is shifted out. */
const POLYNOMIAL = 0x1021;

/** A check value over a stream: `update` for each piece in the order of arrival, `value` at any time. */
export class Crc16 {
  #register = 0;

  update(bytes: Uint8Array): void {
    let register = this.#register;
    for (const byte of bytes) register = shiftIn(register, byte);
    this.#register = register;
  }

  /** The check value (0..65535) of all bytes so far. */
  value(): number {
    return shiftIn(shiftIn(this.#register, 0), 0);
  }
}

function shiftIn(register: number, byte: number): number {
  let shifted = register;
  for (let bit = 7; bit >= 0; bit--) {
    const carry = shifted & 0x8000;
    shifted = ((shifted << 1) & 0xffff) | ((byte >> bit) & 1);
    if (carry !== 0) shifted ^= POLYNOMIAL;
  }
  return shifted;
}
