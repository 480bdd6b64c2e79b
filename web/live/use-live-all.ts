import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Read } from '../../client/reads.ts';
import type { LiveState } from './live-source.ts';
import { sourceOf, watchSource } from './live-sources.ts';

/** Several answers of one kind, kept fresh, in the order of their reads: for sums over a few. */
export function useLiveAll<Body>(reads: readonly Read<Body>[]): readonly LiveState<Body>[] {
  const paths = reads.map(({ path }) => path).join('\n');
  const sources = useMemo(() => reads.map(sourceOf), [paths]);
  const [, redraw] = useState({});
  useEffect(() => {
    const ends = sources.flatMap((source) => [watchSource(source), source.state.subscribe(() => redraw({}))]);
    return () => {
      for (const end of ends) end();
    };
  }, [sources]);
  return sources.map((source) => source.state.value);
}
