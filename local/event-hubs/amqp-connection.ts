import type { Socket } from 'node:net';
import rhea from 'rhea';
import type { Connection, ConnectionOptions, Container, EventContext, Sender } from 'rhea';
import { internalError } from './amqp-failure.ts';
import { type AmqpNode, openReceivingLink, openSendingLink } from './amqp-links.ts';
import { Claims } from './claims.ts';
import { answerBegin, awaitedFrameSize, writeCompleteFrames } from './rhea-internals.ts';

/** The sizes that Event Hubs announces in its own open frame. */
const MAX_FRAME_SIZE = 65_536;
const CHANNEL_MAX = 4_999;
const IDLE_TIME_OUT = 240_000;
/** How many messages a producer may have under way. Given at once: a client without credit waits a whole second. */
const PRODUCER_CREDIT = 300;

/** Speaks AMQP 1.0 on an accepted socket until it ends. Whatever the peer does, the worst is that its socket is closed. */
export function serveAmqp(socket: Socket, node: AmqpNode): void {
  const claims = new Claims();
  const connection = createConnection(node, claims);
  abandonOnFault(connection, socket);
  serveLinks(connection, socket, node, claims);
  connection.accept(socket);
  // After rhea's own listener, which has by then looked at the size of the frame that follows.
  socket.on('data', () => {
    if (awaitedFrameSize(connection) > MAX_FRAME_SIZE) socket.destroy(new Error('A frame is too large.'));
  });
}

function createConnection(node: AmqpNode, claims: Claims): Connection {
  // A container of its own: rhea keeps listeners and SASL mechanisms there, and one peer's must not be another's.
  const container = rhea.create_container({ id: 'local-event-hubs' });
  offerSasl(container, node, claims);
  const connection = container.create_connection({
    max_frame_size: MAX_FRAME_SIZE,
    channel_max: CHANNEL_MAX,
    idle_time_out: IDLE_TIME_OUT,
    properties: { product: 'local-cloud' },
    receiver_options: { autoaccept: false, credit_window: PRODUCER_CREDIT },
    tcp_no_delay: true,
    // The typings know options for clients only.
  } as object as ConnectionOptions);
  writeCompleteFrames(connection);
  return connection;
}

function offerSasl(container: Container, node: AmqpNode, claims: Claims): void {
  const mechanisms = container.sasl_server_mechanisms;
  mechanisms.enable_anonymous();
  // So announce clients that will put tokens to $cbs; for SASL it is the same as anonymous.
  mechanisms.MSSBCBS = mechanisms.ANONYMOUS;
  mechanisms.enable_plain((keyName: string, key: string) => {
    const known = node.isKey(keyName, key);
    if (known) claims.grant('', new Date(8.64e15));
    return known;
  });
}

/** rhea emits a peer's faults as 'error', which without a listener would end the process. */
function abandonOnFault(connection: Connection, socket: Socket): void {
  const abandon = (error: unknown) =>
    // With an error, because rhea stops its timers on a socket's 'end' and 'error', but not on its 'close'.
    socket.destroy(error instanceof Error ? error : new Error(String(error)));
  for (const event of ['error', 'protocol_error']) connection.on(event, abandon);
  for (const event of ['connection_error', 'session_error', 'sender_error', 'receiver_error']) {
    // The close event that follows does what there is to do.
    connection.on(event, () => undefined);
  }
}

function serveLinks(connection: Connection, socket: Socket, node: AmqpNode, claims: Claims): void {
  const endings = new Map<Sender, () => void>();
  const end = (belongs: (sender: Sender) => boolean) => {
    for (const [sender, ending] of endings) {
      if (!belongs(sender)) continue;
      endings.delete(sender);
      ending();
    }
  };
  connection.on('session_open', ({ session }: EventContext) => {
    if (session) answerBegin(session);
  });
  connection.on('sender_open', ({ sender }: EventContext) => {
    if (!sender) return;
    const ending = openSendingLink(sender, node, claims, (error) => sender.close(internalError(error)));
    if (ending) endings.set(sender, ending);
  });
  connection.on('receiver_open', ({ receiver }: EventContext) => {
    if (receiver) openReceivingLink(receiver, node, claims);
  });
  connection.on('sender_close', (closed: EventContext) => end((sender) => sender === closed.sender));
  connection.on('session_close', (closed: EventContext) =>
    end((sender) => sender.session === closed.session),
  );
  connection.on('connection_close', () => end(() => true));
  connection.on('disconnected', () => end(() => true));
  socket.on('close', () => end(() => true));
}
