import { useEffect, useState } from 'preact/hooks';
import { type Place, placeOf } from './place.ts';

/** Where the page is; the component is drawn again when that changes. */
export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  return placeOf(hash);
}

/** Changes filters of the view without a new entry in the history: Back leaves the view. */
export function replacePlace(link: string): void {
  history.replaceState(undefined, '', link);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}
