import type { IncomingMessage } from 'node:http';

import { HubError } from './hub-error.ts';

/** A request to the service API, read as far as all routes need it. */
export interface RestRequest {
  method: string;
  /** Decoded path segments: `['devices', 'dev 1']`. */
  path: string[];
  /** If-Match without quotes and weak mark; undefined where absent. */
  ifMatch: string | undefined;
  /** The `top` of the query string, or as many as there are. */
  top: number;
  pageSize: number | undefined;
  continuation: string | undefined;
  /** Parsed JSON; undefined where the body is empty. */
  body: unknown;
}

/** @throws {HubError} GenericRequestEntityTooLarge, GenericBadRequest */
export async function readRequest(message: IncomingMessage, limit: number): Promise<RestRequest> {
  const url = new URL(message.url ?? '/', 'https://hub');
  const top = url.searchParams.get('top');
  const pageSize = header(message, 'x-ms-max-item-count');
  return {
    method: message.method ?? 'GET',
    path: segments(url.pathname),
    ifMatch: entityTagOf(header(message, 'if-match')),
    top: top === null ? Infinity : positive('top', top),
    pageSize: pageSize === undefined ? undefined : positive('x-ms-max-item-count', pageSize),
    continuation: header(message, 'x-ms-continuation'),
    body: parseJson(await readBody(message, limit)),
  };
}

function segments(pathname: string): string[] {
  try {
    return pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map((segment) => decodeURIComponent(segment));
  } catch (error) {
    throw new HubError('GenericBadRequest', 'the path is not url-encoded', { cause: error });
  }
}

function header(message: IncomingMessage, name: string): string | undefined {
  const value = message.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Clients send etags quoted (`"AAAA="`, `W/"AAAA="`, `"*"`); some send them bare. */
function entityTagOf(value: string | undefined): string | undefined {
  return value?.replace(/^W\//, '').replace(/^"(.*)"$/, '$1');
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new HubError('ArgumentInvalid', `${name} must be a positive integer`);
  }
  return value;
}

async function readBody(message: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  // Only now: a client that is still sending would see a broken connection instead of the answer.
  if (size > limit) {
    throw new HubError('GenericRequestEntityTooLarge', `the body is larger than ${limit} bytes`);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HubError('GenericBadRequest', 'the body is not JSON', { cause: error });
  }
}
