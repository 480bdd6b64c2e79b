import { accessKey } from './access-key.ts';
import { ask } from './api.ts';
import { LiveSource, type LiveWorld } from './live-source.ts';
import { Store } from './store.ts';

const world: LiveWorld = {
  ask,
  now: () => Date.now(),
  isHidden: () => document.hidden,
  later: (task, ms) => {
    const timer = window.setTimeout(task, ms);
    return () => window.clearTimeout(timer);
  },
};

/** So many paths are remembered: going back shows at once what was there, then what is new. */
const REMEMBERED = 40;
const sources = new Map<string, LiveSource<unknown>>();
const watched = new Set<LiveSource<unknown>>();

/** The sources that somebody looks at now, for the line that tells whether the page is live. */
export const watchedSources = new Store<readonly LiveSource<unknown>[]>([]);

/** The one source of this path. */
export function sourceOf<Body>(path: string): LiveSource<Body> {
  const known = sources.get(path) ?? new LiveSource<unknown>(path, world);
  sources.delete(path);
  sources.set(path, known);
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
