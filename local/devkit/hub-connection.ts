import { setTimeout as sleep } from 'node:timers/promises';
import device, { type Client, type Twin } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { backOff } from './back-off.ts';
import type { FirmwareReport } from './firmware-report.ts';
import { settleWithin } from './settle-within.ts';

/** Network times are real ones whatever the speed of the simulation: the hub does not get faster. */
const CONNECT_MS = 30_000;
const REPORT_MS = 10_000;
const CLOSE_MS = 1000;

/** The device sends a report once more when the first is not acknowledged, and then gives it up. */
const REPORT_TRIES = 2;

/** The loop in `open` retries, with a connection of its own each time. */
const NEVER_RETRY = { shouldRetry: () => false, nextRetryTimeout: () => -1 };

export interface HubConnectionOptions {
  connectionString: string;
  /** PEM of the only roots that are trusted; the system's without it. */
  ca?: string | undefined;
  speed: number;
  random: () => number;
  /** The full desired section after each connect, then each patch. */
  onDesired: (desired: unknown) => void;
  onConnected: () => void;
  /** Called when a connection is lost that nobody closed. */
  onLost: (reason: string) => void;
  /** Called for each failed try to connect. */
  onRefused: (reason: string, retryInMs: number) => void;
}

interface Session {
  client: Client;
  /** Settles when the client has connected or failed to. */
  opened: Promise<unknown>;
  /** Aborted at the end of the connection, whoever ended it. */
  over: AbortController;
  twin?: Twin;
}

/**
 * One device's MQTT connection through the Azure device SDK.
 *
 * The SDK's own retries are off and each connection gets a client of its own: the board, too, gets the
 * whole twin after every connect and subscribes to patches only then. A patch that falls between the two
 * is lost to it until it connects again, here as there.
 */
export class HubConnection {
  readonly #options: HubConnectionOptions;
  #session: Session | undefined;

  constructor(options: HubConnectionOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#session?.twin !== undefined;
  }

  /** Connects, for as long as it takes. Rejects only when `signal` is aborted. */
  async open(signal: AbortSignal): Promise<void> {
    for (let failures = 1; !this.isOpen; failures++) {
      signal.throwIfAborted();
      try {
        await this.#connect(signal);
        this.#options.onConnected();
      } catch (error) {
        await this.close();
        signal.throwIfAborted();
        const wait = backOff(failures, this.#options.speed, this.#options.random());
        this.#options.onRefused(reasonOf(error), wait);
        await sleep(wait, undefined, { signal });
      }
    }
  }

  /**
   * Sends a report and waits for its acknowledgement, twice at most; a lost connection is opened again
   * before. False when the report was given up: the hub may have it or not.
   */
  async report(report: FirmwareReport, signal: AbortSignal): Promise<boolean> {
    for (let tries = 0; tries < REPORT_TRIES; tries++) {
      await this.open(signal);
      try {
        await this.#send(report);
        return true;
      } catch {
        // Lost, refused or not acknowledged in time: all the same to the device, the loop has the answer.
        signal.throwIfAborted();
      }
    }
    return false;
  }

  /** Leaves the hub. What waits for an answer on this connection fails. */
  async close(): Promise<void> {
    if (this.#session !== undefined) await this.#end(this.#session, 'the connection was closed');
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const { connectionString, ca, onDesired } = this.#options;
    const client = device.Client.fromConnectionString(connectionString, Mqtt);
    client.setRetryPolicy(NEVER_RETRY);
    if (ca !== undefined) await client.setOptions({ ca });
    signal.throwIfAborted();
    const session: Session = { client, opened: client.open(), over: new AbortController() };
    this.#session = session;
    client.on('disconnect', () => void this.#lose(session, 'the connection was lost'));
    await settleWithin(session.opened, 'connect', CONNECT_MS, session.over.signal);
    const twin = await settleWithin(client.getTwin(), 'get the twin', CONNECT_MS, session.over.signal);
    session.over.signal.throwIfAborted();
    twin.on('error', (error: Error) => void this.#lose(session, reasonOf(error)));
    twin.on('properties.desired', (desired: unknown) => {
      if (this.#session === session) onDesired(desired);
    });
    session.twin = twin;
  }

  #send(report: FirmwareReport): Promise<void> {
    const session = this.#session;
    const twin = session?.twin;
    if (session === undefined || twin === undefined) throw new Error('not connected');
    const acknowledged = new Promise<void>((resolve, reject) => {
      twin.properties.reported['update']({ firmware: report }, (error?: Error | null) =>
        error ? reject(error) : resolve(),
      );
    });
    return settleWithin(acknowledged, 'report', REPORT_MS, session.over.signal);
  }

  async #lose(session: Session, reason: string): Promise<void> {
    if (this.#session !== session) return;
    if (this.isOpen) this.#options.onLost(reason);
    await this.#end(session, reason);
  }

  async #end(session: Session, reason: string): Promise<void> {
    this.#session = undefined;
    session.over.abort(new Error(reason));
    const closed = closeOnceOpened(session);
    // A peer that never answers would hold the SDK, and with it the device, for a long time.
    await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })]);
  }
}

/** A client that is closed while it connects stays connected for ever: the close has to wait its turn. */
async function closeOnceOpened({ opened, client }: Session): Promise<void> {
  try {
    await opened;
    await client.close();
  } catch {
    // Nothing was opened, or the client is thrown away in the state in which it failed.
  }
}

/** The SDK calls every failure of a first connection "Not authorized"; what it quotes is the true reason. */
const SDK_WRAPPING =
  /^mqtt\.js returned (?:Failure on first connection \(Not authorized\): )?(.*?)(?: error)?$/s;

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return SDK_WRAPPING.exec(text)?.[1] ?? text;
}
