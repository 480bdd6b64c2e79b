import { useEffect, useMemo } from 'preact/hooks';
import type { LiveState } from './live-source.ts';
import { sourceOf, watchSource } from './live-sources.ts';
import { useStore } from './use-store.ts';

/** What a view draws from: the newest answer and what is wrong, and a way to ask at once. */
export type Live<Body> = LiveState<Body> & { readonly refresh: () => void };

/**
 * The answer to a GET of the API (`/api/…`), kept fresh while the component is on the page. Two components
 * may ask for the same path: it is asked for once.
 */
export function useLive<Body>(path: string): Live<Body> {
  const source = useMemo(() => sourceOf<Body>(path), [path]);
  useEffect(() => watchSource(source), [source]);
  const state = useStore(source.state);
  return { ...state, refresh: () => source.refresh() };
}
