import type { ApiClient } from '../client/api-client.ts';
import type { Page } from '../client/answers.ts';
import type { Read } from '../client/reads.ts';
import type { OptionValues, Options } from './command.ts';
import { usageError } from './failure.ts';
import { type Line, styled } from './styled-text.ts';

/** Options of every command that lists. */
export const listOptions = {
  limit: { type: 'string', value: 'N', text: 'how many at most (default 50)' },
  all: { type: 'boolean', text: 'all of them, however many' },
} as const satisfies Options;

const DEFAULT_LIMIT = 50;
/** What the API gives at once at most. */
export const LARGEST_PAGE = 200;

/** What a list command prints in JSON. */
export interface Entries<Item> {
  readonly value: readonly Item[];
  /** Whether there are more than were asked for. */
  readonly more: boolean;
}

/** How many entries were asked for; Infinity for all. Throws where it is no number. */
export function wanted(options: OptionValues): number {
  if (options.flag('all')) return Number.POSITIVE_INFINITY;
  const text = options.text('limit');
  if (text === undefined) return DEFAULT_LIMIT;
  if (!/^[1-9]\d{0,6}$/.test(text)) throw usageError(`--limit "${text}" is no number from 1 up.`);
  return Number(text);
}

/** The first entries of a list, over as many pages as that takes. */
export async function takeEntries<Item>(
  client: ApiClient,
  list: (paging: { limit: number }) => Read<Page<Item>>,
  count: number,
): Promise<Entries<Item>> {
  const value: Item[] = [];
  for await (const item of client.items(list({ limit: Math.min(LARGEST_PAGE, count) }))) {
    if (value.length === count) return { value, more: true };
    value.push(item);
  }
  return { value, more: false };
}

/** The line under a list that was cut. */
export function moreLines({ more }: { readonly more: boolean }): Line[] {
  return more
    ? [[styled('dim', 'There are more: --all shows them all, --limit N as many as you like.')]]
    : [];
}
