import { createServer, type Server } from 'node:https';
import type { RequestListener } from 'node:http';
import { createCertificates, type Certificates } from '../../local/certificates.ts';
import { startDeviceGateway, type DeviceGateway } from '../../local/iot-hub/mqtt-gateway.ts';
import { Crc16 } from '../../local/devkit/crc16.ts';
import type { FirmwareReport } from '../../local/devkit/firmware-report.ts';
import { IotHub } from '../../local/iot-hub/hub.ts';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import type { RoutedEvent } from '../../local/iot-hub/routed-event.ts';
import { listenOnFreePort } from './devkit-server.ts';

const HOUR = 60 * 60 * 1000;

/** What the hub was told by a device, in the order of arrival: the `firmware` object of each reported patch. */
type Reported = Partial<FirmwareReport>;

/**
 * A hub with its MQTT gateway and a server of images, for tests of the simulated devices. What devices
 * report is read from the twin-change events that the hub emits.
 */
export class DevKitHub {
  readonly ca: string;
  /** Answers a download; replace it to look at requests or to fail them. */
  answer: RequestListener = (_, response) => response.end(this.#image);
  /** Called when the hub has taken a report and has not acknowledged it yet. */
  beforeAnswer: (report: Reported) => void = () => undefined;
  readonly #certificates: Certificates;
  readonly #hub: IotHub;
  readonly #reported = new Map<string, Reported[]>();
  readonly #downloads: Server;
  #image: Buffer = Buffer.alloc(0);
  #downloadPort = 0;
  #gateway: DeviceGateway | undefined;
  #gatewayPort = 0;

  static async start(): Promise<DevKitHub> {
    const hub = new DevKitHub(await createCertificates());
    hub.#downloadPort = await listenOnFreePort(hub.#downloads);
    await hub.openGateway();
    return hub;
  }

  private constructor(certificates: Certificates) {
    this.#certificates = certificates;
    this.ca = certificates.ca;
    this.#downloads = createServer(certificates, (request, response) => this.answer(request, response));
    this.#hub = new IotHub({
      hostName: 'localhost',
      now: () => new Date(),
      schedule: () => ({ cancel: () => undefined }),
      emit: (event) => this.#record(event),
      limits: standardLimits,
      evaluation: { afterChangeMs: HOUR, intervalMs: HOUR },
    });
  }

  /** Registers a device; its connection string for this hub. */
  register(deviceId: string): string {
    this.#hub.devices.create(deviceId, { deviceId });
    const key = this.#hub.deviceKeys(deviceId)?.primary ?? '';
    return `HostName=localhost;GatewayHostName=localhost:${this.#gatewayPort};DeviceId=${deviceId};SharedAccessKey=${key}`;
  }

  /** Puts an image on the download server; the section that makes devices fetch it. */
  release(version: string, image: Buffer): Record<string, unknown> {
    this.#image = image;
    const crc = new Crc16();
    crc.update(image);
    return {
      fwVersion: version,
      fwPackageURI: `https://localhost:${this.#downloadPort}/FirmwareOTA-${version}.bin`,
      fwPackageCheckValue: `0x${crc.value().toString(16).padStart(4, '0')}`,
      fwSize: image.length,
    };
  }

  desire(deviceId: string, firmware: Record<string, unknown> | null): void {
    this.#hub.twins.update(deviceId, { properties: { desired: { firmware } } }, '*');
  }

  reports(deviceId: string): readonly Reported[] {
    return this.#reported.get(deviceId) ?? [];
  }

  /** The reports in short, e.g. `Current 1.0.0` and `Error VerifyFailed`. */
  story(deviceId: string): string[] {
    return this.reports(deviceId).map((report) =>
      report.fwUpdateStatus === 'Error'
        ? `Error ${report.fwUpdateSubstatus}`
        : `${report.fwUpdateStatus} ${report.currentFwVersion}`,
    );
  }

  isConnected(deviceId: string): boolean {
    return this.#hub.twins.get(deviceId)['connectionState'] === 'Connected';
  }

  async openGateway(): Promise<void> {
    this.#gateway = await startDeviceGateway({
      hub: this.#hub,
      host: '127.0.0.1',
      port: this.#gatewayPort,
      tls: this.#certificates,
      now: () => new Date(),
    });
    this.#gatewayPort = this.#gateway.port;
  }

  dropConnections(): void {
    this.#gateway?.dropAll();
  }

  async closeGateway(): Promise<void> {
    await this.#gateway?.close();
  }

  async close(): Promise<void> {
    await this.closeGateway();
    this.#downloads.closeAllConnections();
    await new Promise((closed) => this.#downloads.close(closed));
    this.#hub.close();
  }

  #record(event: RoutedEvent): void {
    const body = JSON.parse(event.body.toString()) as { properties?: { reported?: { firmware?: Reported } } };
    const firmware = body.properties?.reported?.firmware;
    if (firmware === undefined) return;
    const reports = this.#reported.get(event.partitionKey) ?? [];
    this.#reported.set(event.partitionKey, [...reports, firmware]);
    this.beforeAnswer(firmware);
  }
}
