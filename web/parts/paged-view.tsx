import type { ComponentChildren } from 'preact';
import type { Page } from '../../client/answers.ts';
import { LiveView } from './live-view.tsx';
import type { Paged } from './use-pages.ts';

/** A page of a list and the ways to its neighbours, which stay where they are while another page loads. */
export function PagedView<Item>({
  pages,
  what,
  children,
}: {
  pages: Paged<Item>;
  /** What is listed, for people: `the devices`. */
  what: string;
  children: (page: Page<Item>) => ComponentChildren;
}) {
  return (
    <>
      <LiveView live={pages.live} what={what}>
        {children}
      </LiveView>
      <Pager of={pages} what={what} />
    </>
  );
}

/** Absent where one page holds all of the list. */
function Pager({ of, what }: { of: Paged<unknown>; what: string }) {
  const { number, previous, next } = of;
  if (number === 1 && next === undefined) return null;
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      <Turn to={previous}>Previous</Turn>
      <span class="quiet" aria-current="page">
        Page {number}
      </span>
      <Turn to={next}>Next</Turn>
    </nav>
  );
}

/** Keeps the focus where there is no further page: a button that is `disabled` would lose it. */
function Turn({ to, children }: { to: (() => void) | undefined; children: string }) {
  return (
    <button class="button" type="button" aria-disabled={to === undefined} onClick={() => to?.()}>
      {children}
    </button>
  );
}
