import type { TransactionAction } from '@azure/data-tables';

/**
 * Documented limits of an entity group transaction: 100 operations, 4 MiB. The envelope of an operation
 * (boundaries, headers, type annotations) is estimated, so some room is left.
 */
const MAX_OPERATIONS = 100;
const MAX_BYTES = 3.5 * 1024 * 1024;
const ENVELOPE_BYTES = 1024;

export function fitsTransaction(operations: number, bytes: number): boolean {
  return operations <= MAX_OPERATIONS && bytes <= MAX_BYTES;
}

/** About how many bytes an operation adds to the transaction's body. */
export function sizeOf([, entity]: TransactionAction): number {
  const json = JSON.stringify(entity, (_name, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return Buffer.byteLength(json) + ENVELOPE_BYTES;
}
