import { type Line, rendered } from './styled-text.ts';
import type { Output } from './world.ts';

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const CLEAR_BELOW = '\u001B[J';

/** Lines on a terminal that are drawn over again, in place. */
export class LiveScreen {
  readonly #out: Output;
  #drawn = 0;

  constructor(out: Output) {
    this.#out = out;
  }

  draw(lines: readonly Line[]): void {
    const look = this.#out.look();
    // A frame as high as the terminal would scroll, and its top could not be reached again.
    const shown = lines.slice(0, Math.max(1, look.rows - 1));
    this.#out.write(`${HIDE_CURSOR}${this.#backToTop()}${rendered(shown, look)}`);
    this.#drawn = shown.length;
  }

  /** Leaves the last frame where it is, and the cursor below it. */
  end(): void {
    this.#out.write(SHOW_CURSOR);
  }

  #backToTop(): string {
    return this.#drawn === 0 ? '' : `\u001B[${this.#drawn}F${CLEAR_BELOW}`;
  }
}
