import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { focusHeading } from '../shell/focus-heading.ts';

/**
 * For what goes from the page by itself or when it is used: if it holds the focus then, the heading of the view
 * gets it. It would fall to the body otherwise, where neither a keyboard nor a screen reader knows where it is.
 */
export function useFocusKept<Place extends HTMLElement>(): RefObject<Place | null> {
  const place = useRef<Place>(null);
  // Passive effects end when the place has gone already, and the focus with it.
  useLayoutEffect(() => {
    const { current } = place;
    return () => {
      if (current?.contains(document.activeElement)) window.setTimeout(focusHeading);
    };
  }, []);
  return place;
}
