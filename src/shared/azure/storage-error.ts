/** The HTTP status of an error that a storage SDK threw, where it carries one. */
export function storageStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

export const isNotFound = (error: unknown): boolean => storageStatus(error) === 404;
/** 409: it exists already; 412: somebody else changed it. */
export const isConflict = (error: unknown): boolean => [409, 412].includes(storageStatus(error) ?? 0);
