import type { ProblemDetail, ProblemDocument } from '../src/shared/http/problem.ts';

/** The API answered with a problem (RFC 9457), or the host before it with a bare status. */
export class ApiError extends Error {
  readonly code = 'api-error';
  readonly status: number;
  /** Stable: `urn:firmware-ota:problem:<code>`; `about:blank` where the host itself answered. */
  readonly type: string;
  readonly title: string;
  /** For people: what is wrong and what to do. */
  readonly detail: string;
  /** What is wrong, place by place of the request. */
  readonly pointers: readonly ProblemDetail[];
  /** Finds the request in the log of the app; absent where the host itself answered. */
  readonly correlationId: string | undefined;
  /** When to ask again, where the answer said so. Milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, headers: Pick<Headers, 'get'>, document: Partial<ProblemDocument> = {}) {
    const detail = document.detail ?? bareDetail(status);
    super(detail);
    this.name = 'ApiError';
    this.status = status;
    this.type = document.type ?? 'about:blank';
    this.title = document.title ?? `HTTP status ${status}`;
    this.detail = detail;
    this.pointers = document.errors ?? [];
    this.correlationId = document.correlationId ?? headers.get('x-correlation-id') ?? undefined;
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    this.retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  }
}

/** No answer came, or none of the app. */
export class UnreachableError extends Error {
  readonly code = 'unreachable';
  readonly url: string;

  constructor(url: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'UnreachableError';
    this.url = url;
  }
}

/** What a status means that came without words: the Functions host answers so for itself. */
function bareDetail(status: number): string {
  switch (status) {
    case 401:
      return 'This needs a function key of the app, or the key does not open this function.';
    case 403:
      return 'The caller may not do this.';
    case 404:
      return 'There is nothing at this address: is it the address of the app?';
    default:
      return `The app answered with HTTP status ${status}.`;
  }
}
