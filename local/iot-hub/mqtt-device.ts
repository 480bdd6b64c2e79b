import type { IPublishPacket, ISubscribePacket, IUnsubscribePacket, Packet } from 'mqtt-packet';
import type { DeviceSession } from './device-sessions.ts';
import {
  desiredTopic,
  type DevicePublication,
  type DeviceSubscription,
  parsePublishTopic,
  parseTopicFilter,
  twinResponseTopic,
} from './mqtt-topics.ts';

/** https://learn.microsoft.com/azure/iot-hub/iot-hub-devguide-quotas-throttling: a device message is at most 256 KB. */
export const MAX_PAYLOAD = 256 * 1024;

export interface MqttDeviceOptions {
  session: DeviceSession;
  subscriptions: Set<DeviceSubscription>;
  send: (packet: Packet) => void;
  /** Ends the connection without a word, which is IoT Hub's answer to what it does not know or allow. */
  drop: () => void;
  /** Ends it when all that was sent is through. */
  end: () => void;
}

/**
 * What a connected device's packets do. Answers go to the device that asked, straight away: the topics look
 * like a broker's, but nothing is routed between clients.
 */
export class MqttDevice {
  readonly #options: MqttDeviceOptions;
  readonly #deviceId: string;

  constructor(options: MqttDeviceOptions) {
    this.#options = options;
    this.#deviceId = options.session.deviceId;
  }

  handle(packet: Packet): void {
    switch (packet.cmd) {
      case 'publish':
        this.#onPublish(packet);
        return;
      case 'subscribe':
        this.#onSubscribe(packet);
        return;
      case 'unsubscribe':
        this.#onUnsubscribe(packet);
        return;
      case 'pingreq':
        this.#options.send({ cmd: 'pingresp' });
        return;
      case 'disconnect':
        this.#options.end();
        return;
      default:
        this.#options.drop();
    }
  }

  #onPublish(packet: IPublishPacket): void {
    const payload = Buffer.from(packet.payload);
    const publication = parsePublishTopic(packet.topic, this.#deviceId);
    if (!publication || packet.qos === 2 || payload.length > MAX_PAYLOAD) {
      this.#options.drop();
      return;
    }
    const retained = packet.retain ? { 'mqtt-retain': 'true' } : {};
    this.#take(publication, payload, retained);
    if (packet.qos === 1) this.#options.send({ cmd: 'puback', messageId: packet.messageId ?? 0 });
  }

  #take(publication: DevicePublication, payload: Buffer, retained: Record<string, string>): void {
    const { session } = this.#options;
    switch (publication.kind) {
      case 'telemetry':
        session.telemetry(payload, publication.system, { ...publication.properties, ...retained });
        return;
      case 'twinGet':
        this.#answer(twinResponseTopic(200, publication.requestId), session.twin());
        return;
      case 'reported':
        this.#report(publication.requestId, payload);
    }
  }

  #report(requestId: string, payload: Buffer): void {
    const outcome = this.#options.session.patchReported(parseJson(payload));
    if (outcome.ok) {
      this.#answer(twinResponseTopic(204, requestId, outcome.version));
      return;
    }
    const { status, errorCode, message } = outcome;
    this.#answer(twinResponseTopic(status, requestId), { errorCode, message });
  }

  #onSubscribe(packet: ISubscribePacket): void {
    const { session, subscriptions, drop, send } = this.#options;
    const granted: number[] = [];
    for (const { topic, qos } of packet.subscriptions) {
      const subscription = parseTopicFilter(topic, this.#deviceId);
      if (!subscription) {
        drop();
        return;
      }
      subscriptions.add(subscription);
      if (subscription === 'desired') session.subscribeDesired();
      granted.push(Math.min(qos, 1));
    }
    send({ cmd: 'suback', messageId: packet.messageId ?? 0, granted });
  }

  #onUnsubscribe(packet: IUnsubscribePacket): void {
    const { session, subscriptions, send } = this.#options;
    for (const filter of packet.unsubscriptions) {
      const subscription = parseTopicFilter(filter, this.#deviceId);
      if (subscription) subscriptions.delete(subscription);
      if (subscription === 'desired') session.unsubscribeDesired();
    }
    send({ cmd: 'unsuback', messageId: packet.messageId ?? 0, granted: [] });
  }

  #answer(topic: string, body?: unknown): void {
    if (!this.#options.subscriptions.has('twinResponses')) return;
    this.#options.send(publishPacket(topic, body === undefined ? '' : JSON.stringify(body)));
  }
}

/** A desired patch (with `$version`) as the packet that brings it to its device. */
export function desiredPacket(patch: Record<string, unknown>): Packet {
  return publishPacket(desiredTopic(patch['$version']), JSON.stringify(patch));
}

function publishPacket(topic: string, payload: string): Packet {
  return { cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false };
}

/** Undefined for what is not JSON: the hub itself says then what is wrong with it. */
function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}
