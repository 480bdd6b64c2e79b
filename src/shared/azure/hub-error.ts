/**
 * What IoT Hub's REST API answered, translated once.
 * - `not-found`, `exists`, `precondition-failed`: states of the resource
 * - `quota-exceeded`, `rejected`: lasting; the same request will never succeed
 * - `unavailable`, `throttled`, `unauthorized`: passing; the same request may succeed later (an
 *   operator has to mend the rights for the last one)
 */
export type HubErrorKind =
  | 'not-found'
  | 'exists'
  | 'precondition-failed'
  | 'quota-exceeded'
  | 'rejected'
  | 'unavailable'
  | 'throttled'
  | 'unauthorized';

export class HubError extends Error {
  readonly code: `hub-${HubErrorKind}`;
  readonly kind: HubErrorKind;
  constructor(kind: HubErrorKind, message: string, options: { cause: unknown }) {
    super(message, options);
    this.name = 'HubError';
    this.kind = kind;
    this.code = `hub-${kind}`;
  }
}

/** Translates what `azure-iothub` throws; the message holds the hub's own words. */
export function toHubError(error: unknown): HubError {
  const status = statusOf(error);
  const words = hubWords(error);
  return new HubError(kindOf(status, words), words, { cause: error });
}

function kindOf(status: number | undefined, words: string): HubErrorKind {
  // The quota is documented as 413, but its code in the message is what tells it from an over-large body.
  if (/LimitExceeded|maximum quota/i.test(words) && status !== 429) return 'quota-exceeded';
  switch (status) {
    case 400:
    case 413:
      return 'rejected';
    case 401:
    case 403:
      return 'unauthorized';
    case 404:
      return 'not-found';
    case 409:
      return 'exists';
    case 412:
      return 'precondition-failed';
    case 429:
      return 'throttled';
    default:
      return 'unavailable';
  }
}

function statusOf(error: unknown): number | undefined {
  const response = field(error, 'response');
  const status = field(response, 'statusCode');
  return typeof status === 'number' ? status : undefined;
}

/** The hub answers `{"Message":"ErrorCode:<code>;<text>"}`; its words are the text with its code. */
function hubWords(error: unknown): string {
  const body = field(error, 'responseBody');
  if (typeof body === 'string') {
    const message = /"Message"\s*:\s*"((?:[^"\\]|\\.)*)"/i.exec(body)?.[1];
    if (message) return message.replace(/\\(.)/g, '$1');
  }
  return error instanceof Error ? error.message : String(error);
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
