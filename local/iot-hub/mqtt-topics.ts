/*
 * The topics of IoT Hub's MQTT endpoint: https://learn.microsoft.com/azure/iot/iot-mqtt-connect-to-iot-hub
 * They look like those of a broker, but each belongs to the one device that uses it.
 */

/** What a device publishes. */
export type DevicePublication =
  | { kind: 'telemetry'; system: Record<string, string>; properties: Record<string, string> }
  | { kind: 'twinGet'; requestId: string }
  | { kind: 'reported'; requestId: string };

/** What a device can subscribe to. Nothing is ever sent for the last two, but SDKs subscribe to them. */
export type DeviceSubscription = 'twinResponses' | 'desired' | 'methods' | 'cloudToDevice';

const TWIN_GET = '$iothub/twin/GET/?';
const REPORTED = '$iothub/twin/PATCH/properties/reported/?';

/** Undefined for a topic on which this device may not publish; the hub then ends the connection. */
export function parsePublishTopic(topic: string, deviceId: string): DevicePublication | undefined {
  if (topic.startsWith(TWIN_GET)) return withRequestId('twinGet', topic.slice(TWIN_GET.length));
  if (topic.startsWith(REPORTED)) return withRequestId('reported', topic.slice(REPORTED.length));
  const events = `devices/${deviceId}/messages/events`;
  if (topic !== events && !topic.startsWith(`${events}/`)) return undefined;
  const bag = parsePropertyBag(topic.slice(events.length).replaceAll(/^\/|\/$/g, ''));
  if (!bag) return undefined;
  const isSystem = ([name]: [string, string]) => name.startsWith('$.');
  return {
    kind: 'telemetry',
    system: Object.fromEntries(bag.filter((property) => isSystem(property))),
    properties: Object.fromEntries(bag.filter((property) => !isSystem(property))),
  };
}

/** Undefined for a filter that is none of the hub's; the hub then ends the connection. */
export function parseTopicFilter(filter: string, deviceId: string): DeviceSubscription | undefined {
  switch (filter) {
    case '$iothub/twin/res/#':
      return 'twinResponses';
    case '$iothub/twin/PATCH/properties/desired/#':
      return 'desired';
    case '$iothub/methods/POST/#':
      return 'methods';
    case `devices/${deviceId}/messages/devicebound/#`:
      return 'cloudToDevice';
    default:
      return undefined;
  }
}

export function twinResponseTopic(status: number, requestId: string, version?: number): string {
  const suffix = version === undefined ? '' : `&$version=${version}`;
  return `$iothub/twin/res/${status}/?$rid=${requestId}${suffix}`;
}

export function desiredTopic(version: unknown): string {
  return `$iothub/twin/PATCH/properties/desired/?$version=${String(version)}`;
}

function withRequestId(kind: 'twinGet' | 'reported', query: string): DevicePublication | undefined {
  const requestId = query
    .split('&')
    .find((field) => field.startsWith('$rid='))
    ?.slice('$rid='.length);
  return requestId ? { kind, requestId } : undefined;
}

/** `name=value&name=value`, each url-encoded; a name alone has an empty value. Undefined where the encoding is broken. */
function parsePropertyBag(bag: string): [name: string, value: string][] | undefined {
  try {
    return bag
      .split('&')
      .filter((field) => field !== '')
      .map((field) => {
        const [name = '', ...value] = field.split('=');
        return [decodeURIComponent(name), decodeURIComponent(value.join('='))];
      });
  } catch {
    return undefined;
  }
}
