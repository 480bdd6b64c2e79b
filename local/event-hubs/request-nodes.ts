import rhea from 'rhea';
import type { Message, Sender, Session } from 'rhea';
import { unauthorized } from './amqp-failure.ts';
import type { Claims } from './claims.ts';
import { entityPath, parseEntityAddress } from './entity-address.ts';
import type { EventLog } from './event-log.ts';
import type { VerifyToken } from './token-verifier.ts';

/** The type code of AMQP's strings below 256 bytes. */
const SHORT_STRING = 0xa1;

/** Answer of a request node, before it is made an AMQP message. */
export interface Answer {
  status: number;
  description: string;
  body?: Record<string, unknown>;
}

/** `$cbs`: a client proves with a signed token that it may use an entity; this notes what it may use. */
export function putToken(request: Message, claims: Claims, verify: VerifyToken): Answer {
  const { operation } = request.application_properties ?? {};
  if (operation !== 'put-token') {
    return { status: 400, description: `The operation '${String(operation)}' is not supported.` };
  }
  const verified = verify(String(request.body));
  if (!verified.ok) return { status: 401, description: verified.reason };
  claims.grant(verified.resource, verified.expires);
  return { status: 202, description: 'Accepted' };
}

/** `$management`: what there is to know about the event hub or one of its partitions. */
export function readManagement(request: Message, log: EventLog, claims: Claims, now: Date): Answer {
  const { operation, name, type, partition } = request.application_properties ?? {};
  if (operation !== 'READ') {
    return { status: 400, description: `The operation '${String(operation)}' is not supported.` };
  }
  if (!claims.allows(`${String(name)}/$management`, now)) {
    return { status: 401, description: unauthorized('Manage', String(name)).description };
  }
  if (entityPath(String(name)).toLowerCase() !== log.name.toLowerCase()) {
    return { status: 404, description: `The messaging entity '${String(name)}' could not be found.` };
  }
  switch (type) {
    case 'com.microsoft:eventhub':
      return { status: 200, description: 'OK', body: hubBody(log) };
    case 'com.microsoft:partition':
      return log.partitionIds.includes(String(partition))
        ? { status: 200, description: 'OK', body: partitionBody(log, String(partition)) }
        : { status: 404, description: `The messaging entity '${String(partition)}' could not be found.` };
    default:
      return { status: 400, description: `The type '${String(type)}' is not supported.` };
  }
}

function hubBody(log: EventLog) {
  return {
    name: log.name,
    type: 'com.microsoft:eventhub',
    created_at: log.createdAt,
    partition_count: rhea.types.wrap_int(log.partitionIds.length),
    partition_ids: rhea.types.wrap_array(log.partitionIds, SHORT_STRING, undefined),
    georeplication_factor: rhea.types.wrap_int(1),
  };
}

function partitionBody(log: EventLog, partitionId: string) {
  const state = log.partition(partitionId);
  return {
    name: log.name,
    type: 'com.microsoft:partition',
    partition: partitionId,
    begin_sequence_number: rhea.types.wrap_long(state.beginSequenceNumber),
    last_enqueued_sequence_number: rhea.types.wrap_long(state.lastSequenceNumber),
    last_enqueued_offset: state.lastOffset,
    last_enqueued_time_utc: state.lastEnqueuedTime,
    is_partition_empty: state.isEmpty,
  };
}

/** Sends an answer on the link of the request's session that reads from the same node. Without one nobody asked. */
export function reply(session: Session, node: 'cbs' | 'management', request: Message, answer: Answer): void {
  const link = session.find_sender(
    (sender: Sender) => parseEntityAddress(sender.source?.address ?? '').node === node,
  );
  link?.send({
    correlation_id: request.message_id,
    body: answer.body,
    application_properties: {
      // .NET casts these to int, so the type has to be exactly that.
      'status-code': rhea.types.wrap_int(answer.status),
      'status-description': answer.description,
    },
  } as unknown as Message);
}
