/** The table service cannot answer now; the same call may succeed later. */
export class TableUnavailableError extends Error {
  readonly code = 'table-unavailable';

  constructor(cause: unknown) {
    super(`Table Storage did not answer: ${messageOf(cause)}`, { cause });
    this.name = 'TableUnavailableError';
  }
}

/** The table service refuses the call, and will again: no such table, no right, a malformed request. */
export class TableRefusedError extends Error {
  readonly code = 'table-refused';

  constructor(cause: unknown) {
    super(`Table Storage refused the call: ${messageOf(cause)}`, { cause });
    this.name = 'TableRefusedError';
  }
}

export type TableFault =
  | { readonly kind: 'missing' | 'conflict'; readonly index: number | undefined }
  /** `foreign`: not an answer of the service at all, but a fault of the program. */
  | { readonly kind: 'passing' | 'refused' | 'foreign' };

/** What an error of the SDK means. It throws `RestError` for answers of the service and for lost connections. */
export function faultOf(error: unknown): TableFault {
  if (!(error instanceof Error) || error.name !== 'RestError') return { kind: 'foreign' };
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined;
  if (status === undefined || status === 408 || status === 429 || status >= 500) return { kind: 'passing' };
  if (status === 404 && !/TableNotFound|table specified does not exist/i.test(errorText(error))) {
    return { kind: 'missing', index: failedIndex(error.message) };
  }
  if (status === 409 || status === 412) return { kind: 'conflict', index: failedIndex(error.message) };
  return { kind: 'refused' };
}

/** A refused transaction's message begins with the index of the operation that failed: `3:The update …`. */
function failedIndex(message: string): number | undefined {
  const index = /^(\d{1,2}):/.exec(message)?.[1];
  return index === undefined ? undefined : Number(index);
}

function errorText(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return `${code} ${error.message}`;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
