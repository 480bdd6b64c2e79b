import type { IncomingMessage } from 'node:http';
import type { RpcHttpCookie, RpcHttpData, RpcTypedData } from './core-contract.ts';

/** An answer as Node's HTTP server takes it. */
export interface PlainResponse {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Uint8Array;
}

const EMPTY = new Uint8Array();

/**
 * The request as the host sends it to a worker: body as bytes, header values joined, and repeated
 * query keys joined with commas (Azure's host does that before the worker sees them).
 */
export function toRpcRequest(
  request: IncomingMessage,
  url: URL,
  params: Record<string, string>,
  body: Uint8Array,
): RpcTypedData {
  return {
    http: {
      method: request.method ?? 'GET',
      url: url.href,
      headers: joinedHeaders(request),
      params,
      query: joinedQuery(url.searchParams),
      body: body.length === 0 ? null : { bytes: body },
    },
  };
}

/** The function's result as an answer: nothing is 204, a body without a content type is plain text. */
export function fromRpcResponse(result: RpcTypedData | null | undefined): PlainResponse {
  const http = result?.http;
  if (!http) return { status: 204, headers: {}, body: EMPTY };
  const headers: Record<string, string | string[]> = { ...http.headers };
  const cookies = (http.cookies ?? []).map(cookieText);
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  return { status: Number(http.statusCode ?? '200'), headers, body: bodyBytes(http) };
}

function joinedHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return headers;
}

function joinedQuery(parameters: URLSearchParams): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of new Set(parameters.keys())) query[name] = parameters.getAll(name).join(',');
  return query;
}

function bodyBytes(http: RpcHttpData): Uint8Array {
  if (http.body?.bytes) return http.body.bytes;
  const text = http.body?.string ?? http.body?.json;
  return text === null || text === undefined ? EMPTY : Buffer.from(text);
}

const SAME_SITE = { none: undefined, lax: 'Lax', strict: 'Strict', explicitNone: 'None' } as const;

function cookieText(cookie: RpcHttpCookie): string {
  const parts = [`${cookie.name ?? ''}=${encodeURIComponent(cookie.value ?? '')}`];
  const seconds = cookie.expires?.value?.seconds;
  if (cookie.maxAge?.value !== undefined && cookie.maxAge.value !== null)
    parts.push(`Max-Age=${cookie.maxAge.value}`);
  if (cookie.domain?.value) parts.push(`Domain=${cookie.domain.value}`);
  if (cookie.path?.value) parts.push(`Path=${cookie.path.value}`);
  if (seconds !== undefined && seconds !== null)
    parts.push(`Expires=${new Date(seconds * 1000).toUTCString()}`);
  if (cookie.httpOnly?.value) parts.push('HttpOnly');
  if (cookie.secure?.value) parts.push('Secure');
  const sameSite = SAME_SITE[cookie.sameSite ?? 'none'];
  if (sameSite !== undefined) parts.push(`SameSite=${sameSite}`);
  return parts.join('; ');
}
