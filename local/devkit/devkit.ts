import { setTimeout as sleep } from 'node:timers/promises';
import type { DevKitHappening, DevKitLine } from './devkit-line.ts';
import { parseDeviceConnectionString } from './device-connection-string.ts';
import { Doorbell } from './doorbell.ts';
import { FAULTS, transferOf, type FaultProfile } from './fault-profiles.ts';
import { downloadFirmware } from './firmware-download.ts';
import type { FailureReason } from './firmware-report.ts';
import { HubConnection } from './hub-connection.ts';
import { powerOn, step, type Device, type DeviceEvent, type Download, type Effect } from './state-machine.ts';
import { unreachable } from './unreachable.ts';

/** The board's own pace in real time: its poll, its countdown and its restart; 558,376 bytes take a minute. */
const POLL_MS = 5000;
const COUNTDOWN_MS = 5000;
const RESTART_MS = 5000;
const BYTES_PER_SECOND = 558_376 / 60;

export interface DevKitOptions {
  /** A device connection string with a shared access key. */
  connectionString: string;
  /** PEM of the roots trusted for the hub and for downloads; the system's without it. */
  ca?: string;
  /** The version compiled into the image that the device runs at the start. */
  runningVersion: string;
  /** The literal `type` in reports. Default `IoTDevKit`. */
  deviceType?: string;
  /** True for a device that also reports `Verifying`. Default false, as the published sample. */
  reportsVerifying?: boolean;
  /** How many times faster than the board everything but the network goes. */
  speed: number;
  /** Default: none. */
  faults?: FaultProfile;
  random: () => number;
  now: () => Date;
  log: (line: DevKitLine) => void;
}

/** What can be seen of a device from outside. */
export interface DevKitState {
  deviceId: string;
  power: 'on' | 'off';
  connected: boolean;
  runningVersion: string;
  phase: Device['phase']['kind'];
  /** Set in phase `failed`. */
  reason?: FailureReason;
}

interface Life {
  off: AbortController;
  ended: Promise<void>;
}

/**
 * A simulated MXChip IoT DevKit that talks to an IoT Hub through the real device SDK and really downloads,
 * checks and "runs" firmware. What it decides is in the state machine; this class gives it time and network.
 */
export class DevKit {
  readonly deviceId: string;
  readonly #options: DevKitOptions;
  readonly #faults: FaultProfile;
  readonly #hub: HubConnection;
  /** Rings when there is something to do: a desired section came, or the connection went. */
  readonly #attention = new Doorbell();
  #device: Device;
  #life: Life | undefined;
  #downloads = 0;

  /** Throws `ConnectionStringError` for a connection string that no device can use. */
  constructor(options: DevKitOptions) {
    this.#options = options;
    this.deviceId = parseDeviceConnectionString(options.connectionString).deviceId;
    this.#faults = options.faults ?? FAULTS.none;
    this.#device = powerOn({
      deviceType: options.deviceType ?? 'IoTDevKit',
      runningVersion: options.runningVersion,
      reportsVerifying: options.reportsVerifying ?? false,
    });
    this.#hub = this.#hubConnection();
  }

  /**
   * Switches the device on. Resolves when it has booted (connected and reported `Current`), however long
   * the hub lets it wait, or when it was stopped before. A device that is on already is left alone.
   */
  async start(): Promise<void> {
    if (this.#life !== undefined) return;
    const off = new AbortController();
    await new Promise<void>((booted) => {
      this.#life = { off, ended: this.#live(off.signal, booted).finally(booted) };
    });
  }

  /** Switches the device off, at whatever it is doing. It keeps the firmware that it runs. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    life.off.abort(new Error('the device was switched off'));
    await this.#hub.close();
    await life.ended;
    this.#life = undefined;
  }

  /** The reset button: everything but the firmware is forgotten, a sticky error too. */
  async reset(): Promise<void> {
    await this.stop();
    await this.start();
  }

  state(): DevKitState {
    const { build, phase } = this.#device;
    return {
      deviceId: this.deviceId,
      power: this.#life === undefined ? 'off' : 'on',
      connected: this.#hub.isOpen,
      runningVersion: build.runningVersion,
      phase: phase.kind,
      ...(phase.kind === 'failed' ? { reason: phase.reason } : {}),
    };
  }

  /** One boot after the other until the device is switched off. */
  async #live(signal: AbortSignal, booted: () => void): Promise<void> {
    try {
      for (;;) {
        await this.#runUntilRestart(signal, booted);
        await this.#hub.close();
        await sleep(RESTART_MS / this.#options.speed, undefined, { signal });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await this.#hub.close();
    }
  }

  async #runUntilRestart(signal: AbortSignal, booted: () => void): Promise<void> {
    this.#device = powerOn(this.#device.build);
    await this.#hub.open(signal);
    await this.#advance({ kind: 'connected-after-boot' }, signal);
    booted();
    while (this.#device.phase.kind !== 'applying') {
      await this.#attention.wait(signal);
      await this.#hub.open(signal);
      // The board looks every five seconds, so a change waits for a random part of them.
      await sleep((this.#options.random() * POLL_MS) / this.#options.speed, undefined, { signal });
      await this.#advance({ kind: 'polled', at: this.#options.now() }, signal);
    }
  }

  async #advance(event: DeviceEvent, signal: AbortSignal): Promise<void> {
    if (this.#faults.silent) return;
    const { device, effects } = step(this.#device, event);
    this.#device = device;
    for (const effect of effects) await this.#perform(effect, signal);
  }

  async #perform(effect: Effect, signal: AbortSignal): Promise<void> {
    switch (effect.kind) {
      case 'report':
        await this.#report(effect, signal);
        return;
      case 'download': {
        await this.#hub.close();
        const download = await this.#download(effect, signal);
        this.#log({ kind: 'downloaded', download });
        await this.#hub.open(signal);
        await this.#advance({ kind: 'downloaded', download, at: this.#options.now() }, signal);
        return;
      }
      case 'restart':
        await this.#applyFirmware(effect, signal);
        return;
      default:
        unreachable(effect);
    }
  }

  async #report({ report }: Extract<Effect, { kind: 'report' }>, signal: AbortSignal): Promise<void> {
    const status = report.fwUpdateStatus;
    if (!(await this.#hub.report(report, signal))) {
      this.#log({ kind: 'report-lost', status });
      return;
    }
    this.#log({
      kind: 'reported',
      status,
      runningVersion: report.currentFwVersion,
      pendingVersion: report.pendingFwVersion,
      substatus: report.fwUpdateSubstatus,
    });
  }

  #download({ firmware }: Extract<Effect, { kind: 'download' }>, signal: AbortSignal): Promise<Download> {
    this.#downloads++;
    return downloadFirmware({
      uri: firmware.uri,
      version: firmware.version,
      ca: this.#options.ca,
      bytesPerSecond: BYTES_PER_SECOND * this.#options.speed * this.#faults.rate,
      transfer: transferOf(this.#faults, this.#downloads),
      signal,
    });
  }

  async #applyFirmware(effect: Extract<Effect, { kind: 'restart' }>, signal: AbortSignal): Promise<void> {
    await sleep(COUNTDOWN_MS / this.#options.speed, undefined, { signal });
    const { build } = this.#device;
    const runningVersion = this.#faults.fallsBack ? build.runningVersion : effect.runningVersion;
    this.#device = { ...this.#device, build: { ...build, runningVersion } };
    this.#log({ kind: 'restarting', runningVersion });
  }

  #hubConnection(): HubConnection {
    return new HubConnection({
      connectionString: this.#options.connectionString,
      ca: this.#options.ca,
      speed: this.#options.speed,
      random: this.#options.random,
      onConnected: () => this.#log({ kind: 'connected' }),
      onRefused: (reason, retryInMs) => this.#log({ kind: 'connect-failed', reason, retryInMs }),
      onLost: (reason) => {
        this.#log({ kind: 'disconnected', reason });
        this.#attention.ring();
      },
      onDesired: (desired) => {
        this.#device = step(this.#device, { kind: 'desired-received', desired }).device;
        this.#attention.ring();
      },
    });
  }

  #log(happening: DevKitHappening): void {
    this.#options.log({ deviceId: this.deviceId, at: this.#options.now(), ...happening });
  }
}
