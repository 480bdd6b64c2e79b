import { createHash } from 'node:crypto';

import { z } from 'zod';

import type { HubContext } from './hub-context.ts';
import { queryRows } from './hub-context.ts';
import { HubError } from './hub-error.ts';
import type { JsonObject } from './merge-patch.ts';
import { parseQuery } from './query/query-parser.ts';
import type { Query } from './query/query-syntax.ts';
import { QueryError } from './query/query-syntax.ts';
import type { QueryPosition } from './query/run-query.ts';
import { queryStart, runQuery } from './query/run-query.ts';

const requestSchema = z.object({ query: z.string() });
const tokenSchema = z.object({ query: z.string(), after: z.number(), taken: z.number() });

export interface QueryAnswer {
  items: JsonObject[];
  /** `twin` where rows are whole twins. */
  itemType: 'twin' | 'raw';
  /** Opaque; absent after the last page. */
  continuation: string | undefined;
}

/**
 * `POST /devices/query`, one page. `pageSize` undefined: the hub's default.
 * @throws {HubError} ArgumentInvalid for a text that is no query, or a continuation of another query
 */
export function queryTwins(
  context: HubContext,
  body: unknown,
  pageSize: number | undefined,
  continuation: string | undefined,
): QueryAnswer {
  const request = requestSchema.safeParse(body);
  if (!request.success) throw new HubError('ArgumentInvalid', 'the body holds no query');
  const text = request.data.query;
  const query = parseText(text, context.limits.queryCharacters);
  const position = continuation === undefined ? queryStart : readToken(continuation, text);
  const size = Math.min(pageSize ?? context.limits.defaultPage, context.limits.maxPage);
  const page = runQuery(query, queryRows(context), position, size);
  return {
    items: page.items,
    itemType: query.columns === 'all' ? 'twin' : 'raw',
    continuation: page.next && writeToken(page.next, text),
  };
}

function parseText(text: string, limit: number): Query {
  if (text.length > limit)
    throw new HubError('ArgumentInvalid', `the query is longer than ${limit} characters`);
  try {
    return parseQuery(text);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw new HubError('ArgumentInvalid', error.message, { cause: error });
  }
}

/** The token names its query, so that it cannot silently continue another one. */
function writeToken(position: QueryPosition, text: string): string {
  return Buffer.from(JSON.stringify({ query: fingerprint(text), ...position })).toString('base64url');
}

function readToken(token: string, text: string): QueryPosition {
  try {
    const { query, ...position } = tokenSchema.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
    if (query === fingerprint(text)) return position;
  } catch (error) {
    throw new HubError('ArgumentInvalid', 'the continuation token cannot be read', { cause: error });
  }
  throw new HubError('ArgumentInvalid', 'the continuation token belongs to another query');
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
