import { useEffect, useState } from 'preact/hooks';
import type { Page } from '../../client/answers.ts';
import type { Read } from '../../client/reads.ts';
import { type Live, useLive } from '../live/use-live.ts';

/** A list of which one page is shown, and the ways to its neighbours. */
export interface Paged<Item> {
  readonly live: Live<Page<Item>>;
  /** 1 for the first. */
  readonly number: number;
  readonly previous: (() => void) | undefined;
  readonly next: (() => void) | undefined;
}

/**
 * One page of a list, kept fresh. Lists go on by continuations, so that going back means to remember them; a
 * list of another address begins at its first page.
 */
export function usePages<Item>(first: Read<Page<Item>>): Paged<Item> {
  const [before, setBefore] = useState<readonly string[]>([]);
  useEffect(() => setBefore([]), [first.path]);
  const isOfThisList = before.every((path) => listOf(path) === listOf(first.path));
  const path = (isOfThisList ? before.at(-1) : undefined) ?? first.path;
  const live = useLive<Page<Item>>({ path });
  const nextLink = live.data?.nextLink;
  return {
    live,
    number: isOfThisList ? before.length + 1 : 1,
    previous: before.length === 0 ? undefined : () => setBefore(before.slice(0, -1)),
    next: nextLink === undefined ? undefined : () => setBefore([...before, nextLink]),
  };
}

/** The address without where it goes on. */
function listOf(path: string): string {
  const { pathname, searchParams } = new URL(path, 'http://list');
  searchParams.delete('continuation');
  searchParams.sort();
  return `${pathname}?${searchParams}`;
}
