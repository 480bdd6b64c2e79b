import { Agent, request } from 'node:https';

import { Registry } from 'azure-iothub';
import type { SharedAccessSignature } from 'azure-iothub/dist/common-core/shared_access_signature.js';
import { RestApiClient } from 'azure-iothub/dist/common-http/rest_api_client.js';

import { createCertificates } from '../../local/certificates.ts';
import { IotHub } from '../../local/iot-hub/hub.ts';
import { standardLimits } from '../../local/iot-hub/limits.ts';
import type { HubRest } from '../../local/iot-hub/rest-server.ts';
import { startHubRest } from '../../local/iot-hub/rest-server.ts';
import { createSas } from '../../local/iot-hub/sas.ts';

export const HOST = 'myhub.azure-devices.net';
const MINUTE = 60_000;

/** A hub behind its REST endpoint, and ways to talk to it. */
export interface HubRestAtHand {
  hub: IotHub;
  rest: HubRest;
  /** The unmodified SDK with the rights of `iothubowner`. */
  registry: Registry;
  /** The unmodified SDK with another token. */
  registryWith: (token: string | SharedAccessSignature) => Registry;
  /** A token of `iothubowner`, unless told otherwise. */
  token: (options?: { key?: string; expiresAt?: Date }) => string;
  /** A request without the SDK, for what the SDK never sends. */
  raw: (
    method: string,
    path: string,
    options?: { body?: string; authorization?: string },
  ) => Promise<{ status: number | undefined; body: string }>;
  /** Evaluates configurations now; they are not evaluated otherwise. */
  evaluate: () => void;
  close: () => Promise<void>;
}

export async function hubRestAtHand(): Promise<HubRestAtHand> {
  const certificates = await createCertificates();
  const tasks: (() => void)[] = [];
  const hub = new IotHub({
    hostName: HOST,
    now: () => new Date(),
    schedule: (_delay, task) => {
      tasks.push(task);
      return { cancel: () => undefined };
    },
    emit: () => undefined,
    limits: { ...standardLimits, configurations: 3, requestBytes: 4096 },
    evaluation: { afterChangeMs: 1, intervalMs: MINUTE },
  });
  const rest = await startHubRest({
    hub,
    host: '127.0.0.1',
    port: 0,
    tls: certificates,
    now: () => new Date(),
  });
  const agent = new Agent({
    keepAlive: true,
    ca: certificates.ca,
    host: '127.0.0.1',
    port: rest.port,
    servername: HOST,
  });
  const token: HubRestAtHand['token'] = ({ key, expiresAt } = {}) =>
    createSas(
      HOST,
      key ?? hub.policyKey('iothubowner') ?? '',
      expiresAt ?? new Date(Date.now() + MINUTE),
      'iothubowner',
    );
  return {
    hub,
    rest,
    registry: createRegistry(token(), agent),
    registryWith: (other) => createRegistry(other, agent),
    token,
    raw: (method, path, options) =>
      send(agent, method, path, options?.authorization ?? token(), options?.body),
    evaluate: () => {
      for (const task of tasks.splice(0)) task();
    },
    close: () => {
      agent.destroy();
      return rest.close();
    },
  };
}

/** The SDK is led to the test's port by its agent; host name and certificate checks stay as they are. */
function createRegistry(sharedAccessSignature: string | SharedAccessSignature, agent: Agent): Registry {
  const config = { host: HOST, sharedAccessSignature };
  const client = new RestApiClient(config, 'test');
  const registry = new Registry(config, client);
  client.setOptions({ http: { agent } });
  return registry;
}

function send(
  agent: Agent,
  method: string,
  path: string,
  authorization: string,
  body: string | undefined,
): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, method, path, headers: { authorization } }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
