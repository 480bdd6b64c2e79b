import type { Paged } from './use-pages.ts';

/** Previous and Next of a list; absent where one page holds all of it. */
export function Pager({ of, what }: { of: Paged<unknown>; what: string }) {
  const { number, previous, next } = of;
  if (number === 1 && next === undefined) return null;
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      <button class="button" type="button" disabled={!previous} onClick={previous}>
        Previous
      </button>
      <span class="quiet" aria-current="page">
        Page {number}
      </span>
      <button class="button" type="button" disabled={!next} onClick={next}>
        Next
      </button>
    </nav>
  );
}
