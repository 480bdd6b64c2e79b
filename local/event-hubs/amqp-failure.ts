/** An AMQP error as rhea takes it. `info` is always there because clients in other languages index all three fields. */
export interface AmqpFailure {
  condition: string;
  description: string;
  info: Record<string, never>;
}

/*
 * The conditions and texts are what SDKs look at. "The messaging entity '…' could not be found" makes the
 * JavaScript SDK say MessagingEntityNotFoundError; with another text it is a ServiceCommunicationError.
 */

export function entityNotFound(entity: string): AmqpFailure {
  return failure('amqp:not-found', `The messaging entity '${entity}' could not be found.`);
}

export function unauthorized(claim: 'Listen' | 'Send' | 'Manage', entity: string): AmqpFailure {
  return failure(
    'amqp:unauthorized-access',
    `Unauthorized access. '${claim}' claim(s) are required to perform this operation. Resource: '${entity}'.`,
  );
}

export function unknownPartition(partitionId: string, partitionCount: number): AmqpFailure {
  return failure(
    'com.microsoft:argument-out-of-range',
    `The specified partition '${partitionId}' is invalid: it should be between 0 and ${partitionCount - 1}.`,
  );
}

export function argumentError(description: string): AmqpFailure {
  return failure('com.microsoft:argument-error', description);
}

export function receiverStolen(description: string): AmqpFailure {
  return failure('amqp:link:stolen', description);
}

export function tooManyReceivers(limit: number): AmqpFailure {
  return failure(
    'amqp:resource-limit-exceeded',
    `Exceeded the maximum number of allowed receivers per partition in a consumer group which is ${limit}.`,
  );
}

export function messageTooLarge(bytes: number, limit: number): AmqpFailure {
  return failure(
    'amqp:link:message-size-exceeded',
    `The received message (size: ${bytes}) exceeds the limit (${limit} bytes) currently allowed on the link.`,
  );
}

export function notImplemented(description: string): AmqpFailure {
  return failure('amqp:not-implemented', description);
}

export function internalError(error: unknown): AmqpFailure {
  return failure('amqp:internal-error', error instanceof Error ? error.message : String(error));
}

function failure(condition: string, description: string): AmqpFailure {
  return { condition, description, info: {} };
}
