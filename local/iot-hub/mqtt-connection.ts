import type { Socket } from 'node:net';
import { generate, type IConnectPacket, type Packet, parser } from 'mqtt-packet';
import type { DeviceSession } from './device-sessions.ts';
import type { DeviceLink } from './hub-context.ts';
import { HubError } from './hub-error.ts';
import { ACCEPTED, authenticate, type DeviceKeys, NOT_AUTHORIZED } from './mqtt-authentication.ts';
import { desiredPacket, MAX_PAYLOAD, MqttDevice } from './mqtt-device.ts';
import type { DeviceSubscription } from './mqtt-topics.ts';

/** The part of the hub that devices reach. */
export interface DeviceHub extends DeviceKeys {
  connect(deviceId: string, link: DeviceLink): DeviceSession;
}

export interface MqttConnectionOptions {
  socket: Socket;
  hub: DeviceHub;
  now: () => Date;
  /** What the devices have subscribed to, kept over their connections. */
  subscriptions: Map<string, Set<DeviceSubscription>>;
}

interface Established {
  session: DeviceSession;
  device: MqttDevice;
  expiresAt: Date;
  /** How long the device may be silent, in milliseconds. */
  patience: number;
}

/** A payload, the longest topic that MQTT can express, and the few bytes around them. */
const MAX_PACKET = MAX_PAYLOAD + 65_535 + 16;
/** A device that does not read what it is sent is cut off before it fills the memory. */
const MAX_UNREAD = 4 * 1024 * 1024;
/** How long a client may take to say who it is. */
const CONNECT_PATIENCE = 10_000;
/** The hub waits one and a half keep-alive intervals, and never longer than 29.45 minutes. */
const KEEP_ALIVE_FACTOR = 1.5;
const MAX_PATIENCE = 1_767_000;

/** One MQTT connection, from the first byte to the end of the socket. */
export class MqttConnection {
  readonly #options: MqttConnectionOptions;
  readonly #parser = parser();
  #established: Established | undefined;
  #heardAt: number;

  constructor(options: MqttConnectionOptions) {
    this.#options = options;
    this.#heardAt = options.now().getTime();
    const { socket } = options;
    socket.setNoDelay(true);
    this.#parser.on('packet', (packet) => this.#handle(packet));
    this.#parser.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('close', () => this.#established?.session.close());
  }

  /** Ends the connection if the device has been silent for too long or its token has expired. */
  check(): void {
    const now = this.#options.now();
    const isExpired = this.#established !== undefined && this.#established.expiresAt <= now;
    const silence = now.getTime() - this.#heardAt;
    if (isExpired || silence > (this.#established?.patience ?? CONNECT_PATIENCE)) {
      this.#options.socket.destroy();
    }
  }

  #read(chunk: Buffer): void {
    this.#heardAt = this.#options.now().getTime();
    try {
      const incomplete = this.#parser.parse(chunk);
      if (incomplete > MAX_PACKET) this.#options.socket.destroy();
    } catch (error) {
      this.#options.socket.destroy();
      // A peer's nonsense arrives as the parser's error event; what is thrown here is a fault of ours.
      process.emitWarning(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #handle(packet: Packet): void {
    // The parser goes on with what else came in the same chunk.
    if (this.#options.socket.destroyed) return;
    if (this.#established) this.#established.device.handle(packet);
    else if (packet.cmd === 'connect') this.#connect(packet);
    else this.#options.socket.destroy();
  }

  #connect(packet: IConnectPacket): void {
    const { hub, now } = this.#options;
    const verdict = authenticate(packet, hub, now());
    if (!verdict.ok) {
      this.#refuse(verdict.returnCode);
      return;
    }
    const session = this.#openSession(verdict.deviceId);
    if (!session) {
      this.#refuse(NOT_AUTHORIZED);
      return;
    }
    const { sessionPresent, subscriptions } = this.#resume(session, packet.clean ?? true);
    this.#established = {
      session,
      device: this.#createDevice(session, subscriptions),
      expiresAt: verdict.expiresAt,
      patience: patienceFor(packet.keepalive ?? 0),
    };
    this.#send({ cmd: 'connack', returnCode: ACCEPTED, sessionPresent });
  }

  /** Undefined where the device was disabled or deleted since its keys were looked up. */
  #openSession(deviceId: string): DeviceSession | undefined {
    try {
      return this.#options.hub.connect(deviceId, {
        desired: (patch) => this.#send(desiredPacket(patch)),
        drop: () => {
          this.#options.socket.destroy();
        },
      });
    } catch (error) {
      if (error instanceof HubError) return undefined;
      throw error;
    }
  }

  /**
   * SDKs connect with clean = false and, after the first time, do not subscribe again: they rely on the hub
   * to remember. Who wants desired patches it knows even after its own restart; for the answers to twin
   * requests, a device that is not known yet gets the benefit of the doubt.
   */
  #resume(session: DeviceSession, clean: boolean) {
    const { subscriptions } = this.#options;
    const kept = subscriptions.get(session.deviceId);
    if (kept && !clean) return { sessionPresent: true, subscriptions: kept };
    const fresh = new Set<DeviceSubscription>(clean ? [] : ['twinResponses']);
    subscriptions.set(session.deviceId, fresh);
    if (clean) session.unsubscribeDesired();
    return { sessionPresent: false, subscriptions: fresh };
  }

  #createDevice(session: DeviceSession, subscriptions: Set<DeviceSubscription>): MqttDevice {
    const { socket } = this.#options;
    return new MqttDevice({
      session,
      subscriptions,
      send: (packet) => this.#send(packet),
      drop: () => {
        socket.destroy();
      },
      end: () => {
        socket.end();
      },
    });
  }

  #refuse(returnCode: number): void {
    this.#send({ cmd: 'connack', returnCode, sessionPresent: false });
    this.#options.socket.end();
  }

  #send(packet: Packet): void {
    const { socket } = this.#options;
    if (!socket.writable) return;
    socket.write(generate(packet));
    if (socket.writableLength > MAX_UNREAD) socket.destroy();
  }
}

/** `keepAlive` in seconds as the device announces it, 0 for none; the answer in milliseconds. */
function patienceFor(keepAlive: number): number {
  return keepAlive === 0 ? MAX_PATIENCE : Math.min(keepAlive * 1000 * KEEP_ALIVE_FACTOR, MAX_PATIENCE);
}
