import { type Certificates, createCertificates } from '../../local/certificates.ts';
import { IotHub } from '../../local/iot-hub/hub.ts';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import { type DeviceGateway, startDeviceGateway } from '../../local/iot-hub/mqtt-gateway.ts';
import type { RoutedEvent } from '../../local/iot-hub/routed-event.ts';

export const HOST = 'myhub.azure-devices.net';
export const HOUR = 3_600_000;
export const until = { timeout: 10_000, interval: 10 };

/** A hub that does nothing by itself, behind its device gateway. */
export class DeviceCloud {
  readonly hub: IotHub;
  readonly ca: string;
  readonly telemetry: RoutedEvent[] = [];
  readonly twinChanges: RoutedEvent[] = [];
  /** Milliseconds that hub and gateway are ahead of the machine's clock. */
  ahead = 0;
  gateway: DeviceGateway;
  readonly #certificates: Certificates;

  static async start(): Promise<DeviceCloud> {
    const certificates = await createCertificates();
    const unopened = { port: 0, dropAll: () => undefined, close: () => Promise.resolve() };
    const cloud = new DeviceCloud(certificates, unopened);
    await cloud.restartGateway();
    return cloud;
  }

  private constructor(certificates: Certificates, gateway: DeviceGateway) {
    this.#certificates = certificates;
    this.ca = certificates.ca;
    this.gateway = gateway;
    this.hub = new IotHub({
      hostName: HOST,
      now: () => this.#now(),
      schedule: () => ({ cancel: () => undefined }),
      emit: (event) => {
        const isTelemetry = event.annotations['iothub-message-source'] === 'Telemetry';
        (isTelemetry ? this.telemetry : this.twinChanges).push(event);
      },
      limits: standardLimits,
      evaluation: { afterChangeMs: HOUR, intervalMs: HOUR },
    });
  }

  /** A gateway that knows nothing of the one before, on the same port. */
  async restartGateway(): Promise<void> {
    const { port } = this.gateway;
    await this.gateway.close();
    this.gateway = await startDeviceGateway({
      hub: this.hub,
      host: '127.0.0.1',
      port,
      tls: this.#certificates,
      now: () => this.#now(),
    });
  }

  /** Registers a device if it is not yet; its primary key. */
  register(deviceId: string): string {
    if (!this.hub.deviceKeys(deviceId)) this.hub.devices.create(deviceId, { deviceId });
    return this.hub.deviceKeys(deviceId)?.primary ?? '';
  }

  isConnected(deviceId: string): boolean {
    return this.hub.twins.get(deviceId)['connectionState'] === 'Connected';
  }

  desire(deviceId: string, desired: Record<string, unknown>): void {
    this.hub.twins.update(deviceId, { properties: { desired } }, '*');
  }

  async close(): Promise<void> {
    await this.gateway.close();
    this.hub.close();
  }

  #now(): Date {
    return new Date(Date.now() + this.ahead);
  }
}
