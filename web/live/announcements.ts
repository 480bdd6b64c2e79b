import { Store } from './store.ts';

/** The newest thing that a screen reader is told of without moving there. */
export const announcement = new Store('');

/** Tells it politely. Say changes that matter, in a sentence; not every poll. */
export function announce(text: string): void {
  announcement.set(text);
}
