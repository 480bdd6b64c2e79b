import type { IotHub } from './hub.ts';
import { HubError } from './hub-error.ts';
import type { RestRequest } from './rest-request.ts';

export interface RestAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

type Handler = (request: RestRequest, id: string, hub: IotHub) => RestAnswer;

/** Method and path of every operation that is served; `{id}` stands for one segment. */
const ROUTES: Record<string, Handler> = {
  'GET devices': (request, _, hub) => ok(hub.devices.list(request.top)),
  'POST devices': (request, _, hub) => ok(hub.devices.bulk(request.body)),
  'POST devices/query': queryDevices,
  'GET devices/{id}': (_, id, hub) => ok(hub.devices.get(id)),
  'PUT devices/{id}': putDevice,
  'DELETE devices/{id}': (request, id, hub) => gone(hub.devices.delete(id, request.ifMatch)),
  'GET statistics/devices': (_request, _id, hub) => ok(hub.devices.statistics()),
  'GET twins/{id}': (_, id, hub) => ok(hub.twins.get(id)),
  'PATCH twins/{id}': (request, id, hub) => ok(hub.twins.update(id, request.body, request.ifMatch)),
  'PUT twins/{id}': (request, id, hub) => ok(hub.twins.replace(id, request.body, request.ifMatch)),
  'POST twins/{id}/methods': () => notImplemented('direct methods'),
  'GET configurations': (request, _, hub) => ok(hub.configurations.list(request.top)),
  'POST configurations/testQueries': (request, _, hub) => ok(hub.configurations.testQueries(request.body)),
  'GET configurations/{id}': (_, id, hub) => ok(hub.configurations.get(id)),
  'PUT configurations/{id}': putConfiguration,
  'DELETE configurations/{id}': (request, id, hub) => gone(hub.configurations.delete(id, request.ifMatch)),
};

/** Answers a request. @throws {HubError} where the hub refuses it, or there is no such operation */
export function route(hub: IotHub, request: RestRequest): RestAnswer {
  const { method, path } = request;
  const [collection = '', id = '', ...rest] = path;
  const pattern = [collection, '{id}', ...rest].join('/');
  const handler = ROUTES[`${method} ${path.join('/')}`] ?? (id && ROUTES[`${method} ${pattern}`]);
  if (!handler) {
    throw new HubError('GenericNotFound', `${method} /${path.join('/')} is not an operation of this hub`);
  }
  return handler(request, id, hub);
}

/** Without If-Match a device is created, with it updated. */
function putDevice(request: RestRequest, id: string, hub: IotHub): RestAnswer {
  if (request.ifMatch === undefined) return ok(hub.devices.create(id, request.body));
  return ok(hub.devices.update(id, request.body, request.ifMatch));
}

/** Without If-Match a configuration is created, with it updated. */
function putConfiguration(request: RestRequest, id: string, hub: IotHub): RestAnswer {
  if (request.ifMatch === undefined) return ok(hub.configurations.create(id, request.body));
  return ok(hub.configurations.update(id, request.body, request.ifMatch));
}

function queryDevices(request: RestRequest, _id: string, hub: IotHub): RestAnswer {
  const { items, itemType, continuation } = hub.query(request.body, request.pageSize, request.continuation);
  return {
    status: 200,
    body: items,
    headers: {
      'x-ms-item-type': itemType,
      ...(continuation !== undefined && { 'x-ms-continuation': continuation }),
    },
  };
}

function ok(body: unknown): RestAnswer {
  return { status: 200, body };
}

function gone(_done: void): RestAnswer {
  return { status: 204 };
}

function notImplemented(what: string): never {
  throw new HubError('NotImplemented', `${what} are not part of the local hub`);
}
