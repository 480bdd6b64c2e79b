import { describe, expect, test } from 'vitest';
import type { RpcBindingInfo } from '../../../local/function-host/core-contract.ts';
import { readTriggerBinding } from '../../../local/function-host/trigger-binding.ts';

const trigger = (info: Partial<RpcBindingInfo>, others: Record<string, RpcBindingInfo> = {}) => ({
  metadata: { name: 'fn', bindings: { given: { type: '', direction: 'in' as const, ...info }, ...others } },
  callback: () => {},
});

describe('trigger bindings', () => {
  test('an Event Hub trigger is resolved from the settings', () => {
    const fn = trigger({
      type: 'eventHubTrigger',
      eventHubName: '%HUB%',
      connection: 'Conn',
      consumerGroup: '%GROUP%',
      cardinality: 'many',
    });
    expect(readTriggerBinding(fn, { HUB: 'hub', GROUP: 'ota', Conn: 'Endpoint=…' })).toEqual({
      kind: 'eventHub',
      name: 'given',
      eventHubName: 'hub',
      consumerGroup: 'ota',
      connectionString: 'Endpoint=…',
      cardinality: 'many',
      binary: false,
    });
  });

  test('a queue trigger is resolved from the settings', () => {
    const fn = trigger({ type: 'queueTrigger', queueName: '%QUEUE%', connection: 'Storage' });
    expect(readTriggerBinding(fn, { QUEUE: 'work', Storage: 'UseDevelopmentStorage=true' })).toEqual({
      kind: 'queue',
      name: 'given',
      queueName: 'work',
      connectionString: 'UseDevelopmentStorage=true',
    });
  });

  test('an HTTP function answers under its name where it gives no route', () => {
    const out: RpcBindingInfo = { type: 'http', direction: 'out' };
    expect(
      readTriggerBinding(trigger({ type: 'httpTrigger', methods: ['get'] }, { $return: out }), {}),
    ).toEqual({
      kind: 'http',
      name: 'given',
      route: 'fn',
      methods: ['GET'],
      authLevel: 'anonymous',
    });
  });

  test('a trigger, an input or an output that nothing would drive is refused by name', () => {
    expect(() => readTriggerBinding(trigger({ type: 'serviceBusTrigger' }), {})).toThrow(
      'Function "fn": the local function host has no trigger of type "serviceBusTrigger"',
    );
    const queue: RpcBindingInfo = { type: 'queue', direction: 'out' };
    expect(() => readTriggerBinding(trigger({ type: 'httpTrigger' }, { queue }), {})).toThrow(
      'no "queue" output binding',
    );
    const blob: RpcBindingInfo = { type: 'blob', direction: 'in' };
    expect(() => readTriggerBinding(trigger({ type: 'httpTrigger' }, { blob }), {})).toThrow(
      'no "blob" input binding',
    );
  });

  test('an option of the wrong kind is named', () => {
    expect(() => readTriggerBinding(trigger({ type: 'timerTrigger', schedule: 5 }), {})).toThrow('schedule');
  });
});
