/** The HTTP status of an error that a storage SDK threw, where it carries one. */
export function storageStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** The row or the blob is not there. A table or container that is not there is another matter, and a fault. */
export function isNotFound(error: unknown): boolean {
  return storageStatus(error) === 404 && !/(?:Table|Container)NotFound/.test(storageCode(error));
}

/** The service's own code, such as `BlobNotFound`; empty where there is none. */
function storageCode(error: unknown): string {
  const details =
    typeof error === 'object' && error !== null && 'details' in error ? error.details : undefined;
  return `${codeOf(error)} ${codeOf(details)} ${error instanceof Error ? error.message : ''}`;
}

function codeOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  const { code, errorCode } = value as { code?: unknown; errorCode?: unknown };
  return [code, errorCode].filter((text) => typeof text === 'string').join(' ');
}

/** 409: it exists already; 412: somebody else changed it. */
export const isConflict = (error: unknown): boolean => [409, 412].includes(storageStatus(error) ?? 0);
