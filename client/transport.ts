import type { ProblemDocument } from '../src/shared/http/problem.ts';
import { ApiError, UnreachableError } from './api-error.ts';

/** Where the API is and who asks. */
export interface ApiAccess {
  /** Without `/api`: `https://example.azurewebsites.net`; empty for the page's own origin. */
  readonly baseUrl: string;
  /** A function key; goes into the header `x-functions-key` alone, never into an address. */
  readonly key?: string | undefined;
  /** Gives an access token of Entra ID, asked anew for each request. */
  readonly token?: (() => Promise<string>) | undefined;
  /** How long one request may take. Milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** A request as the client makes it: headers are a plain object. */
export interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/**
 * Entity tags are kept by the caller: a browser's own cache would hide a 304. A redirect would carry the key
 * to an address that nobody named.
 */
const OWN_CACHE_NO_REDIRECT = { cache: 'no-store', redirect: 'error' } as const;

/** Sends one request. Throws an ApiError for a problem, an UnreachableError where no answer of the app came. */
export async function send(access: ApiAccess, path: string, init: Sending = {}): Promise<Response> {
  const url = `${access.baseUrl.replace(/\/+$/, '')}${path}`;
  const headers = { ...init.headers, ...(await credentials(access)) };
  const response = await reach(url, { ...init, headers }, access.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  if (response.ok || response.status === 304 || isServed(response)) return response;
  throw new ApiError(response.status, response.headers, await problemIn(response));
}

/** The body as JSON. Throws an UnreachableError where it is none: something else than the app answered. */
export async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new UnreachableError(response.url, 'The answer is not one of the app, or it broke off.', cause);
  }
}

async function credentials({ key, token }: ApiAccess): Promise<Record<string, string>> {
  return {
    ...(key !== undefined && key !== '' && { 'x-functions-key': key }),
    ...(token !== undefined && { authorization: `Bearer ${await token()}` }),
  };
}

async function reach(url: string, init: Sending, timeoutMs: number): Promise<Response> {
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
  try {
    return await fetch(url, { ...init, ...OWN_CACHE_NO_REDIRECT, signal });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new UnreachableError(url, 'The app does not answer.', cause);
  }
}

/** Readiness is told with 503, and is an answer all the same. */
function isServed(response: Response): boolean {
  return response.status === 503 && mediaTypeOf(response) === 'application/json';
}

async function problemIn(response: Response): Promise<Partial<ProblemDocument>> {
  const text = await response.text().catch(() => '');
  if (mediaTypeOf(response) !== 'application/problem+json') return {};
  try {
    return JSON.parse(text) as Partial<ProblemDocument>;
  } catch {
    return {};
  }
}

function mediaTypeOf({ headers }: Response): string {
  return (headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
}
