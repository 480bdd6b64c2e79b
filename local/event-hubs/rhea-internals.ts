import type { Connection, link as Link, Sender, Session } from 'rhea';

/*
 * The few things of rhea 3.0.5 that a server needs and that its typings do not declare. Nothing else in
 * this folder reaches behind rhea's public interface.
 */

/** The fields of each AMQP performative (specification part 2, section 2.7). */
const FIELD_COUNTS: Record<string, number> = {
  open: 10,
  begin: 8,
  attach: 14,
  flow: 11,
  transfer: 11,
  disposition: 6,
  detach: 3,
  end: 1,
  close: 1,
};

interface Performative {
  value: unknown[];
}

/**
 * Writes every performative with all its fields. AMQP lets a peer leave out trailing nulls and rhea does,
 * but the clients of other languages (Python's pyamqp) index the lists blindly.
 */
export function writeCompleteFrames(connection: Connection): void {
  const writeFrame = connection._write_frame.bind(connection) as (
    channel?: number,
    frame?: Performative,
    payload?: Buffer,
  ) => void;
  connection._write_frame = (channel?: number, frame?: Performative, payload?: Buffer) => {
    if (frame) frame.value.length = FIELD_COUNTS[nameOf(frame)] ?? frame.value.length;
    writeFrame(channel, frame, payload);
  };
}

/** The class of a performative prints as its name and its descriptor, like `begin#11`. */
function nameOf(frame: Performative): string {
  return String(frame.constructor).split('#', 1)[0] ?? '';
}

/** The size of the frame that rhea is waiting to complete; rhea itself takes any announced size. */
export function awaitedFrameSize(connection: Connection): number {
  return (connection.frame_size as number | undefined) ?? 0;
}

/** Fills the begin frame with which rhea will answer; to be called while the session's open event is handled. */
export function answerBegin(session: Session): void {
  const { local } = session as Session & { local: { begin: object } };
  Object.assign(local.begin, { handle_max: 0xffff_ffff, properties: {} });
}

export interface AttachAnswer {
  max_message_size?: number;
  snd_settle_mode?: number;
  properties: Record<string, unknown>;
}

/** Fills the attach frame with which rhea will answer; to be called while the link's open event is handled. */
export function answerAttach(link: Link, answer: AttachAnswer): void {
  const { local } = link as Link & { local: { attach: AttachAnswer } };
  Object.assign(local.attach, answer);
}

interface SenderState {
  credit: number;
  session: { outgoing: { next_pending_delivery: number; available(): number } };
}

/** The credit that a client has given; it goes down when a delivery is written, not when it is queued. */
export function linkCredit(sender: Sender): number {
  return (sender as Sender & SenderState).credit;
}

/** The id of the first delivery of the link's session that is not yet written. */
export function firstUnwrittenDelivery(sender: Sender): number {
  return (sender as Sender & SenderState).session.outgoing.next_pending_delivery;
}

/** How many deliveries the session can still take; past that rhea throws. */
export function sessionCapacity(sender: Sender): number {
  return (sender as Sender & SenderState).session.outgoing.available();
}
