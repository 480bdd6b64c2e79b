import type { TransactionAction } from '@azure/data-tables';

const MAX_OPERATIONS = 100;
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;
const MAX_PROPERTIES = 252;
const MAX_ENTITY_BYTES = 1024 * 1024;
const MAX_VALUE_BYTES = 64 * 1024;
const MAX_KEY_CHARACTERS = 1024;
const FORBIDDEN_IN_KEYS = /[/\\#?\p{Cc}]/u;
const PROPERTY_NAME = /^[A-Za-z_]\w{0,254}$/;

/** An error as the SDK throws it. */
export function tableError(statusCode: number | undefined, code: string, message: string): Error {
  return Object.assign(new Error(message), { name: 'RestError', statusCode, code });
}

/** The documented limits of an entity group transaction. Returns its partition key. */
export function checkTransaction(actions: readonly TransactionAction[]): string {
  const partitionKeys = new Set(actions.map(([, entity]) => entity.partitionKey));
  const [partitionKey] = partitionKeys;
  if (partitionKey === undefined || partitionKeys.size > 1) {
    throw tableError(400, 'CommandsInBatchActOnDifferentPartitions', 'One partition to a transaction.');
  }
  if (actions.length > MAX_OPERATIONS)
    throw tableError(400, 'InvalidInput', '99:The batch has too many operations.');
  if (new Set(actions.map(([, entity]) => entity.rowKey)).size < actions.length) {
    throw tableError(400, 'InvalidDuplicateRow', 'An entity may stand in a transaction only once.');
  }
  const bytes = actions.reduce((sum, [, entity]) => sum + Buffer.byteLength(toJson(entity)), 0);
  if (bytes > MAX_TRANSACTION_BYTES)
    throw tableError(413, 'RequestBodyTooLarge', 'The request body is too large.');
  return partitionKey;
}

/** The documented limits of an entity, as it would be stored. */
export function checkEntity(entity: Readonly<Record<string, unknown>>, index: number): void {
  const { partitionKey, rowKey, ...properties } = entity;
  for (const key of [partitionKey, rowKey]) {
    if (typeof key !== 'string' || key.length > MAX_KEY_CHARACTERS || FORBIDDEN_IN_KEYS.test(key)) {
      throw tableError(400, 'InvalidInput', `${index}:The key is not valid.`);
    }
  }
  const names = Object.keys(properties);
  if (names.length > MAX_PROPERTIES)
    throw tableError(400, 'TooManyProperties', `${index}:Too many properties.`);
  if (names.some((name) => !PROPERTY_NAME.test(name)))
    throw tableError(400, 'PropertyNameInvalid', `${index}:Bad name.`);
  const sizes = names.map((name) => 2 * name.length + bytesOf(properties[name]));
  if (names.some((name) => bytesOf(properties[name]) > MAX_VALUE_BYTES)) {
    throw tableError(400, 'PropertyValueTooLarge', `${index}:A value is too large.`);
  }
  if (sizes.reduce((sum, size) => sum + size, 0) > MAX_ENTITY_BYTES) {
    throw tableError(400, 'EntityTooLarge', `${index}:The entity is too large.`);
  }
}

/** Strings are stored as UTF-16. */
function bytesOf(value: unknown): number {
  return typeof value === 'string' ? 2 * value.length : 8;
}

function toJson(entity: object): string {
  return JSON.stringify(entity, (_name, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
