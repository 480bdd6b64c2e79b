import type { TableClient, TableEntity, TableEntityResult } from '@azure/data-tables';
import { isConflict, isNotFound } from './storage-error.ts';

/** The row with its etag; undefined where there is none. Throws what else the SDK throws. */
export async function rowOf<Columns extends object>(
  table: TableClient,
  partitionKey: string,
  rowKey: string,
): Promise<TableEntityResult<Columns> | undefined> {
  try {
    return await table.getEntity<Columns>(partitionKey, rowKey);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Writes a row over the one that has `etag`; where that is undefined, over none. False where somebody else was
 * quicker.
 */
export async function replaceRow(
  table: TableClient,
  row: TableEntity<object>,
  etag: string | undefined,
): Promise<boolean> {
  try {
    await (etag === undefined ? table.createEntity(row) : table.updateEntity(row, 'Replace', { etag }));
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}
