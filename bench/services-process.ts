import { startAzurite } from '../local/azurite.ts';
import { createCertificates } from '../local/certificates.ts';
import { IotHub } from '../local/iot-hub/hub.ts';
import { standardLimits } from '../local/iot-hub/limits.ts';
import { startHubRest } from '../local/iot-hub/rest-server.ts';

/**
 * Azurite (in memory) and a hub's REST API in a process of their own: their CPU time must not be counted
 * as the benched code's. Tells its parent where they are, and ends with it.
 */

const HOST = '127.0.0.1';
const now = () => new Date();

const azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 }, host: HOST });
const tls = await createCertificates();
const hub = new IotHub({
  hostName: 'localhost',
  now,
  schedule: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  emit: () => undefined,
  limits: standardLimits,
  evaluation: { afterChangeMs: 10, intervalMs: 60_000 },
});
const rest = await startHubRest({ hub, host: HOST, port: 0, tls, now });

process.on('disconnect', () => process.exit());
process.send?.({
  storage: azurite.connectionString,
  hub: { port: rest.port, ca: tls.ca, key: hub.policyKey('service') ?? '' },
});
