import { Agent } from 'node:https';
import { Registry } from 'azure-iothub';
import { RestApiClient } from 'azure-iothub/dist/common-http/rest_api_client.js';
import { createSas } from '../../local/iot-hub/sas.ts';
import { watchHubRequests } from '../../src/shared/azure/hub-requests.ts';

/**
 * The unmodified service SDK, led to a hub on this machine by its agent.
 * @param requestEnded told of each request when it is over
 */
export function hubRegistry(
  hub: { port: number; ca: string; key: string; hostName?: string },
  requestEnded: () => void = () => undefined,
): {
  registry: Registry;
  close: () => void;
} {
  const hostName = hub.hostName ?? 'localhost';
  const agent = new Agent({
    keepAlive: true,
    ca: hub.ca,
    host: '127.0.0.1',
    port: hub.port,
    servername: hostName,
  });
  const inAnHour = new Date(Date.now() + 3_600_000);
  const config = { host: hostName, sharedAccessSignature: createSas(hostName, hub.key, inAnHour, 'service') };
  const rest = new RestApiClient(config, 'test');
  watchHubRequests(rest, requestEnded);
  const registry = new Registry(config, rest);
  rest.setOptions({ http: { agent } });
  return { registry, close: () => agent.destroy() };
}
