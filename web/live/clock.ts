import { useEffect } from 'preact/hooks';
import { Store } from './store.ts';
import { useStore } from './use-store.ts';

const TICK_MS = 1000;
const now = new Store(Date.now());
let users = 0;
let timer: number | undefined;

/** The time, in milliseconds since 1970; the component is drawn again every second while it is on the page. */
export function useNow(): number {
  useEffect(() => {
    users += 1;
    timer ??= window.setInterval(() => now.set(Date.now()), TICK_MS);
    return () => {
      users -= 1;
      if (users > 0) return;
      window.clearInterval(timer);
      timer = undefined;
    };
  }, []);
  return useStore(now);
}
