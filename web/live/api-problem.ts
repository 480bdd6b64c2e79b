/** Why a request brought no answer. */
export type ProblemKind =
  /** No answer at all, or none of the app. */
  | 'unreachable'
  /** 401 of the Functions host: no key, or one that does not open this. */
  | 'key-needed'
  /** 401 of the app: nobody is signed in. */
  | 'sign-in-needed'
  | 'forbidden'
  | 'not-found'
  /** 409: its state does not allow it. */
  | 'conflict'
  /** 412: it has moved on since it was seen. */
  | 'changed'
  /** 429, 503: it says itself when to ask again. */
  | 'busy'
  /** Any other 4xx: the request was wrong. */
  | 'refused'
  /** Any other 5xx. */
  | 'failed';

/** What a request failed with. `message` is for people and says what to do. */
export class ApiProblem extends Error {
  readonly code = 'api-problem';
  readonly kind: ProblemKind;
  readonly retryAfterMs: number | undefined;
  /** Finds the request in the log of the app. */
  readonly correlationId: string | undefined;

  constructor(
    kind: ProblemKind,
    message: string,
    extras: { retryAfterMs?: number | undefined; correlationId?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: extras.cause });
    this.name = 'ApiProblem';
    this.kind = kind;
    this.retryAfterMs = extras.retryAfterMs;
    this.correlationId = extras.correlationId;
  }
}

/** The members of a problem document (RFC 9457) that are shown. */
interface ProblemDocument {
  readonly detail?: string;
  readonly errors?: readonly { readonly detail: string; readonly pointer: string }[];
}

/** `document` is the body where it was a problem document; the host itself answers without one. */
export function problemOf(
  status: number,
  headers: Pick<Headers, 'get'>,
  document: ProblemDocument | undefined,
): ApiProblem {
  const kind = kindOf(status, document !== undefined);
  const details = document?.errors?.map(({ pointer, detail }) => `${pointer} ${detail}`) ?? [];
  const message = [document?.detail ?? WITHOUT_WORDS[kind], ...details].join(' ');
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return new ApiProblem(kind, message, {
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
    correlationId: headers.get('x-correlation-id') ?? undefined,
  });
}

function kindOf(status: number, hasDocument: boolean): ProblemKind {
  switch (status) {
    case 401:
      return hasDocument ? 'sign-in-needed' : 'key-needed';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 409:
      return 'conflict';
    case 412:
      return 'changed';
    case 429:
    case 503:
      return 'busy';
    default:
      return status >= 500 ? 'failed' : 'refused';
  }
}

const WITHOUT_WORDS: Readonly<Record<ProblemKind, string>> = {
  unreachable: 'The app does not answer.',
  'key-needed': 'This needs a function key of the app.',
  'sign-in-needed': 'Sign in to see this.',
  forbidden: 'You may not see or do this. Ask the owner of the app for the right.',
  'not-found': 'There is no such thing.',
  conflict: 'The state that it is in does not allow this.',
  changed: 'It has changed since you looked at it.',
  busy: 'The app is asked too much now, or something behind it does not answer. It is asked again by itself.',
  refused: 'The app does not take this request.',
  failed: 'The app failed to answer; its log holds the cause.',
};
