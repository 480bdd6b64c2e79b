import { accessKey } from './access-key.ts';
import { ApiProblem, problemOf } from './api-problem.ts';

/** Longer than the app takes, shorter than a person waits. */
const TIMEOUT_MS = 20_000;

export type Answer<Body> =
  /** The same as the one with this tag. */
  | { readonly kind: 'same' }
  | { readonly kind: 'new'; readonly body: Body; readonly etag: string | undefined };

/** GET of a path of the API, `/api/…`; with the tag of the answer that the caller holds. Throws an ApiProblem. */
export async function ask<Body>(path: string, etag?: string): Promise<Answer<Body>> {
  const response = await request(path, { headers: etag === undefined ? {} : { 'if-none-match': etag } });
  if (response.status === 304) return { kind: 'same' };
  const body = (await bodyOf(response)) as Body;
  return { kind: 'new', body, etag: response.headers.get('etag') ?? undefined };
}

export interface Sent {
  readonly method: 'POST' | 'DELETE';
  readonly body?: unknown;
  /** The revision that the caller has seen. */
  readonly ifRevision?: number;
}

/** Changes something. Throws an ApiProblem. */
export async function send<Body>(path: string, { method, body, ifRevision }: Sent): Promise<Body> {
  const response = await request(path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(ifRevision !== undefined && { 'if-match': `"${ifRevision}"` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (await bodyOf(response)) as Body;
}

interface Request extends Omit<RequestInit, 'headers'> {
  readonly headers: Readonly<Record<string, string>>;
}

async function request(path: string, init: Request): Promise<Response> {
  const key = accessKey.value;
  const headers = { ...init.headers, ...(key !== '' && { 'x-functions-key': key }) };
  let response: Response;
  try {
    // The tags are kept here: the browser's own cache would hide a 304.
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(path, { ...init, headers, cache: 'no-store', signal });
  } catch (cause) {
    throw new ApiProblem('unreachable', 'The app does not answer.', { cause });
  }
  if (response.ok || response.status === 304 || isDocument(response)) return response;
  throw problemOf(response.status, response.headers, await documentOf(response));
}

/** Readiness is told with 503, and is an answer all the same. */
function isDocument(response: Response): boolean {
  return (
    response.status === 503 && response.headers.get('content-type')?.startsWith('application/json') === true
  );
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new ApiProblem('unreachable', 'The answer of the app broke off.', { cause });
  }
}

async function documentOf(response: Response): Promise<{ detail?: string } | undefined> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return undefined;
  try {
    return (await response.json()) as { detail?: string };
  } catch {
    return undefined;
  }
}
