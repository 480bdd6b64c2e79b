import { useEffect, useState } from 'preact/hooks';
import type { Store } from './store.ts';

/** The value of the store; the component is drawn again when it changes. */
export function useStore<Value>(store: Store<Value>): Value {
  const [, redraw] = useState({});
  useEffect(() => store.subscribe(() => redraw({})), [store]);
  return store.value;
}
