import type { Read } from '../../client/reads.ts';
import { accessKey } from './access-key.ts';
import { apiClient } from './api-client.ts';
import { LiveSource, type LiveWorld } from './live-source.ts';
import { Store } from './store.ts';

const world: LiveWorld = {
  ask: async (read, etag) => apiClient().getIfChanged(read, etag),
  now: () => Date.now(),
  isHidden: () => document.hidden,
  later: (task, ms) => {
    const timer = window.setTimeout(task, ms);
    return () => window.clearTimeout(timer);
  },
};

/** So many answers are remembered: going back shows at once what was there, then what is new. */
const REMEMBERED = 40;
const sources = new Map<string, LiveSource<unknown>>();
const watched = new Set<LiveSource<unknown>>();

/** The sources that somebody looks at now, for the line that tells whether the page is live. */
export const watchedSources = new Store<readonly LiveSource<unknown>[]>([]);

/** The one source of this read. */
export function sourceOf<Body>(read: Read<Body>): LiveSource<Body> {
  const known = sources.get(read.path) ?? new LiveSource<unknown>(read, world);
  sources.delete(read.path);
  sources.set(read.path, known);
  const oldest = [...sources.keys()].slice(0, Math.max(0, sources.size - REMEMBERED));
  for (const old of oldest) sources.delete(old);
  return known as LiveSource<Body>;
}

/** Watches until the function that it gives is called. */
export function watchSource(source: LiveSource<unknown>): () => void {
  const end = source.watch();
  watched.add(source);
  watchedSources.set([...watched]);
  return () => {
    end();
    watched.delete(source);
    watchedSources.set([...watched]);
  };
}

/** Asks for everything that is on the page. */
export function refreshAll(): void {
  for (const source of watched) source.refresh();
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) refreshAll();
});
window.addEventListener('online', refreshAll);
accessKey.subscribe(refreshAll);
