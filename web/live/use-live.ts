import { useEffect, useMemo } from 'preact/hooks';
import type { Read } from '../../client/reads.ts';
import type { LiveState } from './live-source.ts';
import { sourceOf, watchSource } from './live-sources.ts';
import { useStore } from './use-store.ts';

/** What a view draws from: the newest answer and what is wrong, and a way to ask at once. */
export type Live<Body> = LiveState<Body> & { readonly refresh: () => void };

/**
 * An answer of the API, kept fresh while the component is on the page: `useLive(reads.rollout(id))`. Two
 * components may read the same: it is asked for once.
 */
export function useLive<Body>(read: Read<Body>): Live<Body> {
  const source = useMemo(() => sourceOf(read), [read.path]);
  useEffect(() => watchSource(source), [source]);
  const state = useStore(source.state);
  return { ...state, refresh: () => source.refresh() };
}
