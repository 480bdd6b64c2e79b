import { entityPath } from './entity-address.ts';

/** What one connection may reach: the resources of the tokens that it has put, until they expire. */
export class Claims {
  readonly #expiries = new Map<string, number>();

  /** `resource` is the token's `sr`, decoded: a URL that covers the entity and everything under it. */
  grant(resource: string, expires: Date): void {
    this.#expiries.set(entityPath(resource).toLowerCase(), expires.getTime());
  }

  allows(address: string, now: Date): boolean {
    const path = entityPath(address).toLowerCase();
    return [...this.#expiries].some(([granted, expires]) => expires > now.getTime() && covers(granted, path));
  }
}

function covers(granted: string, path: string): boolean {
  return granted === '' || path === granted || path.startsWith(`${granted}/`);
}
