import { z } from 'zod';
import type { RegisteredFunction } from './core-api.ts';
import type { RpcBindingInfo } from './core-contract.ts';
import { type AppSettings, connectionString, expandSettings } from './settings-expansion.ts';

interface Named {
  /** The name under which the library expects the trigger's value. */
  readonly name: string;
}
export type HttpBinding = Named & {
  readonly kind: 'http';
  readonly route: string;
  readonly methods: readonly string[];
  readonly authLevel: 'anonymous' | 'function' | 'admin';
};
export type BlobBinding = Named & {
  readonly kind: 'blob';
  readonly path: string;
  readonly connectionName: string;
  readonly connectionString: string;
  /** The function gets a reference to the blob instead of its content. */
  readonly deferred: boolean;
  readonly source: 'EventGrid' | 'LogsAndContainerScan';
};
export type EventHubBinding = Named & {
  readonly kind: 'eventHub';
  readonly eventHubName: string;
  readonly consumerGroup: string;
  readonly connectionString: string;
  readonly cardinality: 'one' | 'many';
  readonly binary: boolean;
};
export type QueueBinding = Named & {
  readonly kind: 'queue';
  readonly queueName: string;
  readonly connectionString: string;
};
export type TimerBinding = Named & {
  readonly kind: 'timer';
  readonly schedule: string;
  readonly runOnStartup: boolean;
  readonly useMonitor: boolean;
};
export type TriggerBinding = HttpBinding | BlobBinding | EventHubBinding | QueueBinding | TimerBinding;

/** A binding that the local host does not drive, or whose options are wrong. */
export class BindingError extends Error {
  readonly code = 'BINDING_UNSUPPORTED';
  constructor(functionName: string, message: string) {
    super(`Function "${functionName}": ${message}`);
    this.name = 'BindingError';
  }
}

/**
 * The function's trigger with every `%SETTING%` and connection resolved. Throws a BindingError, or a
 * SettingError that names the setting.
 */
export function readTriggerBinding(fn: RegisteredFunction, settings: AppSettings): TriggerBinding {
  const { name: functionName, bindings } = fn.metadata;
  const [trigger, ...others] = Object.entries(bindings).filter(([, info]) => /trigger$/i.test(info.type));
  if (trigger === undefined || others.length > 0)
    throw new BindingError(functionName, 'needs exactly one trigger.');
  const [bindingName, info] = trigger;
  refuseOtherBindings(functionName, bindingName, bindings);
  try {
    return parseTrigger(functionName, bindingName, info, settings);
  } catch (error) {
    if (error instanceof z.ZodError) throw new BindingError(functionName, z.prettifyError(error));
    throw error;
  }
}

function parseTrigger(
  functionName: string,
  name: string,
  info: RpcBindingInfo,
  settings: AppSettings,
): TriggerBinding {
  const expand = (text: string): string => expandSettings(text, settings);
  switch (info.type.toLowerCase()) {
    case 'httptrigger': {
      const { route, methods, authLevel } = HTTP.parse(info);
      return {
        kind: 'http',
        name,
        route: expand(route ?? functionName),
        methods: methods.map((method) => method.toUpperCase()),
        authLevel,
      };
    }
    case 'blobtrigger': {
      const { path, connection, source } = BLOB.parse(info);
      return {
        kind: 'blob',
        name,
        path: expand(path),
        connectionName: connection,
        connectionString: connectionString(connection, settings),
        deferred: info.properties?.['supportsDeferredBinding'] === 'true',
        source,
      };
    }
    case 'eventhubtrigger': {
      const { eventHubName, consumerGroup, connection, cardinality, dataType } = EVENT_HUB.parse(info);
      return {
        kind: 'eventHub',
        name,
        eventHubName: expand(eventHubName),
        consumerGroup: expand(consumerGroup),
        connectionString: connectionString(connection, settings),
        cardinality,
        binary: dataType === 'binary',
      };
    }
    case 'queuetrigger': {
      const { queueName, connection } = QUEUE.parse(info);
      return {
        kind: 'queue',
        name,
        queueName: expand(queueName),
        connectionString: connectionString(connection, settings),
      };
    }
    case 'timertrigger': {
      const { schedule, runOnStartup, useMonitor } = TIMER.parse(info);
      return { kind: 'timer', name, schedule: expand(schedule), runOnStartup, useMonitor };
    }
    default:
      throw new BindingError(functionName, `the local function host has no trigger of type "${info.type}".`);
  }
}

/** An input or output binding that nothing fills would look like lost data; better to say so. */
function refuseOtherBindings(
  functionName: string,
  triggerName: string,
  bindings: Readonly<Record<string, RpcBindingInfo>>,
): void {
  for (const [name, { type, direction }] of Object.entries(bindings)) {
    const httpResult = direction === 'out' && type.toLowerCase() === 'http';
    if (name !== triggerName && !httpResult) {
      throw new BindingError(
        functionName,
        `the local function host has no "${type}" ${direction === 'in' ? 'input' : 'output'} binding; use an SDK client instead.`,
      );
    }
  }
}

const HTTP = z.object({
  route: z.string().optional(),
  methods: z.array(z.string()).default(['GET', 'POST']),
  authLevel: z.enum(['anonymous', 'function', 'admin']).default('anonymous'),
});

const BLOB = z.object({
  path: z.string().min(1),
  connection: z.string().min(1),
  source: z.enum(['EventGrid', 'LogsAndContainerScan']).default('LogsAndContainerScan'),
});

const EVENT_HUB = z.object({
  eventHubName: z.string().min(1),
  consumerGroup: z.string().default('$Default'),
  connection: z.string().min(1),
  cardinality: z.enum(['one', 'many']).default('many'),
  dataType: z.enum(['undefined', 'string', 'binary', 'stream']).optional(),
});

const QUEUE = z.object({ queueName: z.string().min(1), connection: z.string().min(1) });

const TIMER = z.object({
  schedule: z.string().min(1),
  runOnStartup: z.boolean().default(false),
  useMonitor: z.boolean().default(true),
});
