import { randomBytes } from 'node:crypto';

import type { EvaluationTimes, Schedule } from './configuration-evaluator.ts';
import { ConfigurationEvaluator } from './configuration-evaluator.ts';
import { ConfigurationStore } from './configuration-store.ts';
import { DeviceRegistry } from './device-registry.ts';
import type { DeviceSession } from './device-sessions.ts';
import { openSession } from './device-sessions.ts';
import type { DeviceLink, HubContext } from './hub-context.ts';
import type { HubSnapshot } from './hub-snapshot.ts';
import { restoredDevice, snapshotVersion } from './hub-snapshot.ts';
import type { HubLimits } from './limits.ts';
import type { RoutedEvent } from './routed-event.ts';
import type { QueryAnswer } from './twin-queries.ts';
import { queryTwins } from './twin-queries.ts';
import { TwinStore } from './twin-store.ts';

export interface IotHubOptions {
  /** E.g. `myhub.azure-devices.net`; the hub's name is its first label. */
  hostName: string;
  now: () => Date;
  schedule: Schedule;
  /** Takes what message routing sends to the Event Hubs endpoint. */
  emit: (event: RoutedEvent) => void;
  /** Called after every change of state, for persistence. */
  changed?: () => void;
  limits: HubLimits;
  evaluation: EvaluationTimes;
  /** Source of keys and correlation ids; the system's own unless given. */
  random?: (bytes: number) => Buffer;
}

/** The shared access policies that the hub has; each may do everything that the service API offers. */
const POLICIES = ['iothubowner', 'service'];
const KEY_BYTES = 32;

/**
 * An IoT Hub without sockets: what its service and device endpoints have in common. The adapters for REST
 * and MQTT translate their wire to it; tests and simulations may use it directly.
 */
export class IotHub {
  readonly hostName: string;
  readonly limits: HubLimits;
  readonly devices: DeviceRegistry;
  readonly twins: TwinStore;
  readonly configurations: ConfigurationStore;
  private readonly context: HubContext;
  private readonly evaluator: ConfigurationEvaluator;
  private lastOrder: number;

  constructor(options: IotHubOptions) {
    this.hostName = options.hostName;
    this.limits = options.limits;
    this.lastOrder = 0;
    this.context = this.createContext(options);
    this.twins = new TwinStore(this.context);
    this.evaluator = new ConfigurationEvaluator(
      this.context,
      this.twins,
      options.schedule,
      options.evaluation,
    );
    this.devices = new DeviceRegistry(this.context);
    this.configurations = new ConfigurationStore(this.context, () => this.evaluator.soon());
    for (const name of POLICIES)
      this.context.policies[name] = this.context.random(KEY_BYTES).toString('base64');
    this.evaluator.start();
  }

  /** A hub that continues where the snapshot was taken, with no device connected; it evaluates soon. */
  static restore(options: IotHubOptions, snapshot: HubSnapshot): IotHub {
    const hub = new IotHub(options);
    hub.lastOrder = snapshot.lastOrder;
    Object.assign(hub.context.policies, snapshot.policies);
    const { devices, configurations } = structuredClone(snapshot);
    for (const device of devices) hub.context.devices.set(device.deviceId, restoredDevice(device));
    for (const configuration of configurations)
      hub.context.configurations.set(configuration.id, configuration);
    hub.evaluator.soon();
    return hub;
  }

  /** Both keys of an enabled device; undefined where the device is unknown or disabled. */
  deviceKeys(deviceId: string): { primary: string; secondary: string } | undefined {
    const device = this.context.devices.get(deviceId);
    return device?.status === 'enabled' ? device.keys : undefined;
  }

  /** The key of a shared access policy, e.g. `iothubowner` or `service`. */
  policyKey(name: string): string | undefined {
    return Object.hasOwn(this.context.policies, name) ? this.context.policies[name] : undefined;
  }

  /** Connects a device that has proved who it is. @throws {HubError} DeviceNotFound, DeviceDisabled */
  connect(deviceId: string, link: DeviceLink): DeviceSession {
    return openSession(this.context, this.twins, deviceId, link);
  }

  /** One page of a twin query. @throws {HubError} ArgumentInvalid */
  query(body: unknown, pageSize?: number, continuation?: string): QueryAnswer {
    return queryTwins(this.context, body, pageSize, continuation);
  }

  /** All state as plain JSON, independent of what happens afterwards. */
  snapshot(): HubSnapshot {
    return structuredClone({
      version: snapshotVersion,
      lastOrder: this.lastOrder,
      policies: this.context.policies,
      devices: [...this.context.devices.values()],
      configurations: [...this.context.configurations.values()],
    });
  }

  /** Ends evaluation; the hub can still be read. */
  close(): void {
    this.evaluator.stop();
  }

  private createContext(options: IotHubOptions): HubContext {
    return {
      hostName: options.hostName,
      limits: options.limits,
      devices: new Map(),
      configurations: new Map(),
      policies: {},
      links: new Map(),
      now: options.now,
      random: options.random ?? randomBytes,
      nextOrder: () => ++this.lastOrder,
      emit: options.emit,
      changed: options.changed ?? (() => undefined),
    };
  }
}
