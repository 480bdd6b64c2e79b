import { createCertificates } from '../../local/certificates.ts';
import { IotHub } from '../../local/iot-hub/hub.ts';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import { startHubRest } from '../../local/iot-hub/rest-server.ts';
import { DeviceConnections } from '../../src/shared/rollout/device-connections.ts';
import { hubRegistry } from './hub-registry.ts';

export type AskedHub = Awaited<ReturnType<typeof startAskedHub>>;

/**
 * A hub with its REST API at a fixed time, and the real client, which tells of the queries that it sends.
 * @param maxPage devices in a page of an answer: few make many pages of a small fleet
 */
export async function startAskedHub(maxPage = standardLimits.maxPage) {
  const certificates = await createCertificates();
  const iotHub = new IotHub({
    hostName: 'localhost',
    now: () => new Date('2026-03-01T10:00:30Z'),
    schedule: (delayMs, task) => {
      const timer = setTimeout(task, delayMs);
      return { cancel: () => clearTimeout(timer) };
    },
    emit: () => undefined,
    limits: { ...standardLimits, maxPage },
    evaluation: { afterChangeMs: 10, intervalMs: 60_000 },
  });
  const now = () => new Date();
  const rest = await startHubRest({ hub: iotHub, host: '127.0.0.1', port: 0, tls: certificates, now });
  const { registry, close } = hubRegistry({
    port: rest.port,
    ca: certificates.ca,
    key: iotHub.policyKey('service') ?? '',
  });
  const asked: string[] = [];
  const createQuery = registry.createQuery.bind(registry);
  registry.createQuery = (text, pageSize) => {
    asked.push(text);
    return createQuery(text, pageSize);
  };
  return {
    iotHub,
    /** The texts of the queries so far. */
    asked,
    connections: new DeviceConnections(async () => registry),
    async close() {
      close();
      iotHub.close();
      await rest.close();
    },
  };
}
