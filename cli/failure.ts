import { ApiError, UnreachableError } from '../client/api-error.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

/** What a command ends with where it cannot do what it was asked for. `next` says what to do about it. */
export class CommandError extends Error {
  readonly code = 'command-failed';
  readonly exit: ExitCode;
  readonly next: readonly string[];

  constructor(exit: ExitCode, message: string, next: readonly string[] = [], cause?: unknown) {
    super(message, { cause });
    this.name = 'CommandError';
    this.exit = exit;
    this.next = next;
  }
}

export function usageError(message: string, next: readonly string[] = []): CommandError {
  return new CommandError(exitCodes.usage, message, next);
}

/** Any error as one that says what to do next; undefined for a fault of the program itself. */
export function explained(error: unknown): CommandError | undefined {
  if (error instanceof CommandError) return error;
  if (error instanceof UnreachableError) return unreachable(error);
  if (error instanceof ApiError) return refused(error);
  return undefined;
}

function unreachable({ url, message, cause }: UnreachableError): CommandError {
  const origin = URL.canParse(url) ? new URL(url).origin : url;
  const why = reasonOf(cause);
  return new CommandError(exitCodes.unreachable, `${origin}: ${message}${why === '' ? '' : ` (${why})`}`, [
    'Is the address right? It is that of the app alone, as https://example.azurewebsites.net (--url or OTA_URL).',
    'The local cloud is started with: npm start',
  ]);
}

/** The code of the deepest cause, as ECONNREFUSED: `fetch` says no more than that it failed. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return reasonOf(cause.cause) || cause.message;
}

function refused(error: ApiError): CommandError {
  const places = error.pointers.map(({ pointer, detail }) => `${pointer} ${detail}`);
  const found = error.correlationId === undefined ? [] : [`In the log of the app: ${error.correlationId}`];
  const next = [...places, ...nextAfter(error), ...(error.status >= 500 ? found : [])];
  return new CommandError(exitOf(error.status), error.detail, next, error);
}

function nextAfter({ status, retryAfterMs }: ApiError): readonly string[] {
  switch (status) {
    case 401:
      return [
        'Put a function key into OTA_KEY, or into a file and name it with --key-file.',
        'Where the app asks for Entra ID, put an access token into OTA_TOKEN.',
      ];
    case 403:
      return [
        'Reading and steering are different rights: ask the owner of the app for the one that this needs.',
      ];
    case 412:
      return ['Look at it again with ota status, then decide anew.'];
    case 429:
    case 503:
      return [`Try again in ${Math.ceil((retryAfterMs ?? 10_000) / 1000)} s.`];
    default:
      return [];
  }
}

function exitOf(status: number): ExitCode {
  switch (status) {
    case 401:
    case 403:
      return exitCodes.denied;
    case 404:
      return exitCodes.notFound;
    case 409:
    case 412:
      return exitCodes.conflict;
    case 429:
      return exitCodes.unreachable;
    default:
      return status >= 500 ? exitCodes.unreachable : exitCodes.usage;
  }
}
