import type { EventContext, Message, Receiver, Sender } from 'rhea';
import {
  type AmqpFailure,
  argumentError,
  entityNotFound,
  unauthorized,
  unknownPartition,
} from './amqp-failure.ts';
import type { Claims } from './claims.ts';
import { feedConsumer } from './consumer-link.ts';
import { type EntityAddress, parseEntityAddress } from './entity-address.ts';
import type { EventLog } from './event-log.ts';
import { decodeMessage } from './event-message.ts';
import { EventPositionError, parseEventPosition, resolvePosition } from './event-position.ts';
import { acceptEvents, MAX_MESSAGE_SIZE } from './producer-link.ts';
import type { ReceiverRegistry } from './receiver-registry.ts';
import { type Answer, putToken, readManagement, reply } from './request-nodes.ts';
import { answerAttach } from './rhea-internals.ts';
import type { VerifyToken } from './token-verifier.ts';

/** What all connections of one server share. */
export interface AmqpNode {
  log: EventLog;
  consumerGroups: readonly string[];
  receivers: ReceiverRegistry;
  verifyToken: VerifyToken;
  isKey: (keyName: string, key: string) => boolean;
  now: () => Date;
}

const SELECTOR_FILTER = 'apache.org:selector-filter:string';
const EPOCH = 'com.microsoft:epoch';
const RUNTIME_METRIC = 'com.microsoft:enable-receiver-runtime-metric';

/**
 * A link on which we send: to a consumer, or the answers of a request node. The answer, if any, has to be
 * called when the link is over. A link that may not be is closed with the reason.
 */
export function openSendingLink(
  sender: Sender,
  node: AmqpNode,
  claims: Claims,
  onFault: (error: unknown) => void,
): (() => void) | undefined {
  const address = sender.source?.address ?? '';
  const entity = parseEntityAddress(address);
  const refusal = refuseEntity(entity, 'Listen', node, claims);
  if (refusal) {
    answerAttach(sender, { properties: {} });
    sender.close(refusal);
    return undefined;
  }
  answerAttach(sender, {
    properties: {},
    max_message_size: MAX_MESSAGE_SIZE,
    snd_settle_mode: sender.snd_settle_mode,
  });
  sender.set_source(sender.source);
  sender.set_target(sender.target ?? {});
  return entity.node === 'consumerGroup' ? openConsumer(sender, entity, node, onFault) : undefined;
}

function openConsumer(
  sender: Sender,
  { consumerGroup, partitionId }: Extract<EntityAddress, { node: 'consumerGroup' }>,
  { log, receivers, now }: AmqpNode,
  onFault: (error: unknown) => void,
): (() => void) | undefined {
  const fromSequenceNumber = startOf(sender, log, partitionId);
  if (typeof fromSequenceNumber !== 'number') {
    sender.close(fromSequenceNumber);
    return undefined;
  }
  const epoch: unknown = sender.properties?.[EPOCH];
  const receiver = {
    epoch: typeof epoch === 'number' ? epoch : undefined,
    steal: (failure: AmqpFailure) => {
      feed.detach();
      sender.close(failure);
    },
  };
  const slot = `${consumerGroup.toLowerCase()}/${partitionId}`;
  const refusal = receivers.admit(slot, receiver);
  if (refusal) {
    sender.close(refusal);
    return undefined;
  }
  const runtimeMetrics = [sender.desired_capabilities ?? []].flat().includes(RUNTIME_METRIC);
  const feed = feedConsumer({ sender, log, partitionId, fromSequenceNumber, runtimeMetrics, now, onFault });
  return () => {
    receivers.leave(slot, receiver);
    feed.detach();
  };
}

function startOf(sender: Sender, log: EventLog, partitionId: string): number | AmqpFailure {
  // The filter is a described string, which rhea hands over as it is.
  const filter = sender.source.filter?.[SELECTOR_FILTER] as { value: string } | undefined;
  try {
    return resolvePosition(log, partitionId, parseEventPosition(filter?.value));
  } catch (error) {
    if (error instanceof EventPositionError) return argumentError(error.message);
    throw error;
  }
}

/** A link on which we receive: events of a producer, or requests. */
export function openReceivingLink(receiver: Receiver, node: AmqpNode, claims: Claims): void {
  const address = receiver.target?.address ?? '';
  const entity = parseEntityAddress(address);
  const refusal = refuseEntity(entity, 'Send', node, claims);
  answerAttach(receiver, { properties: {}, max_message_size: MAX_MESSAGE_SIZE });
  if (refusal) {
    receiver.close(refusal);
    return;
  }
  receiver.set_source(receiver.source ?? {});
  receiver.set_target({ address });
  // Heard on the link itself: what arrives on a refused link finds no listener.
  receiver.on('message', (context: EventContext) => receive(context, entity, node, claims));
}

function receive(
  { message, delivery, session }: EventContext,
  entity: EntityAddress,
  node: AmqpNode,
  claims: Claims,
): void {
  if (!message || !delivery || !session) return;
  switch (entity.node) {
    case 'cbs':
    case 'management': {
      const request = Buffer.isBuffer(message) ? decodeMessage(message) : message;
      delivery.accept();
      reply(session, entity.node, request, answer(entity.node, request, node, claims));
      return;
    }
    case 'hub':
      acceptEvents(node.log, undefined, message, delivery);
      return;
    case 'partition':
      acceptEvents(node.log, entity.partitionId, message, delivery);
      return;
    case 'consumerGroup':
      throw new Error('A link to send to a consumer group was not refused');
  }
}

function answer(to: 'cbs' | 'management', request: Message, node: AmqpNode, claims: Claims): Answer {
  return to === 'cbs'
    ? putToken(request, claims, node.verifyToken)
    : readManagement(request, node.log, claims, node.now());
}

function refuseEntity(
  entity: EntityAddress,
  claim: 'Listen' | 'Send',
  node: AmqpNode,
  claims: Claims,
): AmqpFailure | undefined {
  // A request says itself which entity it is about, and is judged by that.
  if (entity.node === 'cbs' || entity.node === 'management') return undefined;
  const { log } = node;
  const { path } = entity;
  if (!claims.allows(path, node.now())) return unauthorized(claim, path);
  if (entity.hub.toLowerCase() !== log.name.toLowerCase()) return entityNotFound(entity.hub);
  if ((entity.node === 'consumerGroup') !== (claim === 'Listen')) return entityNotFound(path);
  if (entity.node === 'hub') return undefined;
  if (entity.node === 'consumerGroup' && !knowsGroup(node, entity.consumerGroup)) {
    return entityNotFound(`${entity.hub}/ConsumerGroups/${entity.consumerGroup}`);
  }
  return log.partitionIds.includes(entity.partitionId)
    ? undefined
    : unknownPartition(entity.partitionId, log.partitionIds.length);
}

function knowsGroup({ consumerGroups }: AmqpNode, name: string): boolean {
  return consumerGroups.some((group) => group.toLowerCase() === name.toLowerCase());
}
