const DIGIT_OR_DOT = /[\d.]/;

/**
 * Looks for a version's text in an image that arrives in pieces, without keeping the image. The text
 * counts only where no digit or dot touches it: `1.0.1` is not in `1.0.10`.
 */
export class VersionTextFinder {
  readonly #version: string;
  /**
   * The end of what has been seen. Its first character is there only as the left neighbour of a match:
   * before the image stands a NUL, later a character that was already looked at.
   */
  #tail = '\0';
  #found = false;

  constructor(version: string) {
    this.#version = version;
  }

  update(bytes: Buffer): void {
    if (this.#found) return;
    const seen = this.#tail + bytes.toString('latin1');
    this.#found = this.#occursIn(seen, seen.length - 1);
    this.#tail = seen.slice(-(this.#version.length + 1));
  }

  /** True where the text occurs in all pieces so far taken as the whole image. */
  found(): boolean {
    return this.#found || this.#occursIn(this.#tail, this.#tail.length);
  }

  /** True for an occurrence that ends at `lastEnd` or before it. */
  #occursIn(text: string, lastEnd: number): boolean {
    if (this.#version === '') return false;
    for (let at = text.indexOf(this.#version, 1); at >= 0; at = text.indexOf(this.#version, at + 1)) {
      const end = at + this.#version.length;
      if (end > lastEnd) return false;
      if (!DIGIT_OR_DOT.test(text.charAt(at - 1)) && !DIGIT_OR_DOT.test(text.charAt(end))) return true;
    }
    return false;
  }
}
