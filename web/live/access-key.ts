import { Store } from './store.ts';

const NAME = 'firmware-ota-key';

/**
 * The function key that requests carry; empty where none was given. It lives as long as this tab and goes
 * into the header alone: never into an address, a cookie or storage that stays.
 */
export const accessKey = new Store(sessionStorage.getItem(NAME) ?? '');

export function setAccessKey(key: string): void {
  if (key === '') sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, key);
  accessKey.set(key);
}
