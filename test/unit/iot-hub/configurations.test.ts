import { describe, expect, test } from 'vitest';

import { freeLimits } from '../../../local/iot-hub/limits.ts';
import {
  addConfiguration,
  addDevices,
  bodyOf,
  desiredOf,
  hubAtHand,
  INTERVAL,
  statusesOf,
} from './hub-at-hand.ts';

const firmware = (fwVersion: string) => ({ firmware: { fwVersion } });
const content = (settings: Record<string, unknown>) => ({ content: { deviceContent: settings } });

describe('which devices a configuration reaches', () => {
  test('those that match, soon after it was created and not before', () => {
    const { hub, evaluate } = hubAtHand();
    addDevices(hub, { a: { ring: 1 }, b: { ring: 2 } });
    addConfiguration(hub, 'one', { targetCondition: 'tags.ring = 1' });
    expect(desiredOf(hub, 'a')).toEqual({});
    evaluate();
    expect(desiredOf(hub, 'a')).toEqual(firmware('one'));
    expect(desiredOf(hub, 'b')).toEqual({});
  });

  test('all with *, none without a condition', () => {
    const { hub, evaluate } = hubAtHand();
    addDevices(hub, { a: {} });
    addConfiguration(hub, 'none', { targetCondition: '', priority: 99 });
    addConfiguration(hub, 'all', { targetCondition: '*' });
    evaluate();
    expect(desiredOf(hub, 'a')).toEqual(firmware('all'));
    expect(hub.configurations.get('none')).toMatchObject({
      systemMetrics: { results: { targetedCount: 0 } },
    });
  });

  test('devices that register later, or begin to match by what they report, at the next interval', () => {
    const { hub, evaluate, pass } = hubAtHand();
    addConfiguration(hub, 'one', { targetCondition: "properties.reported.model = 'x'" });
    evaluate();
    addDevices(hub, { late: {} });
    hub.twins.report('late', { model: 'x' });
    pass(1000);
    expect(desiredOf(hub, 'late')).toEqual({});
    pass(INTERVAL);
    expect(desiredOf(hub, 'late')).toEqual(firmware('one'));
    addDevices(hub, { later: {} });
    hub.twins.report('later', { model: 'x' });
    pass(INTERVAL);
    expect(desiredOf(hub, 'later')).toEqual(firmware('one'));
  });

  test('a widened condition reaches more devices and does not write to the earlier ones again', () => {
    const { hub, evaluate, events } = hubAtHand();
    addDevices(hub, { a: { ring: 1 }, b: { ring: 2 } });
    addConfiguration(hub, 'one', { targetCondition: 'tags.ring = 1' });
    evaluate();
    events.length = 0;
    hub.configurations.update('one', { id: 'one', targetCondition: '*', priority: 10 }, 'AAAAAAAAAAE=');
    evaluate();
    expect(events.map(({ partitionKey }) => partitionKey)).toEqual(['b']);
    expect(desiredOf(hub, 'b')).toEqual(firmware('one'));
  });
});

describe('which configuration wins', () => {
  test('the highest priority, and the others stay targeted', () => {
    const { hub, evaluate } = hubAtHand();
    addDevices(hub, { a: {} });
    addConfiguration(hub, 'high', { priority: 20 });
    addConfiguration(hub, 'low', { priority: 10 });
    evaluate();
    expect(desiredOf(hub, 'a')).toEqual(firmware('high'));
    expect(statusesOf(hub, 'a')).toEqual({ high: 'Applied', low: 'Targeted' });
    expect(hub.configurations.get('low')).toMatchObject({
      systemMetrics: { results: { targetedCount: 1, appliedCount: 0 } },
    });
  });

  test('among equals the one created last, also where an older one is changed later', () => {
    const { hub, evaluate } = hubAtHand();
    addDevices(hub, { a: {} });
    addConfiguration(hub, 'older');
    addConfiguration(hub, 'newer');
    hub.configurations.update('older', { id: 'older', targetCondition: '*', priority: 10 }, '*');
    evaluate();
    expect(desiredOf(hub, 'a')).toEqual(firmware('newer'));
  });

  test('each path on its own: different paths add up', () => {
    const { hub, evaluate } = hubAtHand();
    addDevices(hub, { a: {} });
    addConfiguration(hub, 'strong', { priority: 20 });
    addConfiguration(
      hub,
      'weak',
      content({ 'properties.desired.firmware': { x: 1 }, 'properties.desired.rate': 5 }),
    );
    evaluate();
    expect(desiredOf(hub, 'a')).toEqual({ ...firmware('strong'), rate: 5 });
    expect(statusesOf(hub, 'a')).toEqual({ strong: 'Applied', weak: 'Applied' });
  });

  test('where one path lies inside another the stronger has the last word', () => {
    const { hub, evaluate } = hubAtHand();
    addDevices(hub, { a: {} });
    addConfiguration(hub, 'strong', {
      priority: 20,
      ...content({ 'properties.desired.firmware.fwSize': 7 }),
    });
    addConfiguration(hub, 'weak', content({ 'properties.desired.firmware': { fwVersion: '1', fwSize: 1 } }));
    evaluate();
    expect(desiredOf(hub, 'a')).toEqual({ firmware: { fwVersion: '1', fwSize: 7 } });
    expect(statusesOf(hub, 'a')).toEqual({ strong: 'Applied', weak: 'Targeted' });
  });
});

describe('what a configuration leaves behind', () => {
  test('its settings are removed when a device stops matching', () => {
    const { hub, evaluate, pass } = hubAtHand();
    addDevices(hub, { a: { ring: 1 } });
    hub.twins.update('a', { properties: { desired: { own: true } } }, undefined);
    addConfiguration(hub, 'one', { targetCondition: 'tags.ring = 1' });
    evaluate();
    hub.twins.update('a', { tags: { ring: null } }, undefined);
    pass(INTERVAL);
    expect(desiredOf(hub, 'a')).toEqual({ own: true });
    expect(statusesOf(hub, 'a')).toEqual({});
  });

  test('after it is deleted the next in priority takes over, or nothing is left', () => {
    const { hub, evaluate } = hubAtHand();
    addDevices(hub, { a: {} });
    addConfiguration(hub, 'low', { priority: 1 });
    addConfiguration(hub, 'high', { priority: 2 });
    evaluate();
    hub.configurations.delete('high', undefined);
    evaluate();
    expect(desiredOf(hub, 'a')).toEqual(firmware('low'));
    hub.configurations.delete('low', undefined);
    evaluate();
    expect(desiredOf(hub, 'a')).toEqual({});
  });

  test('the device gets the removal as null, and a changed section whole', () => {
    const { hub, evaluate } = hubAtHand();
    const patches: unknown[] = [];
    addDevices(hub, { a: {} });
    hub.connect('a', { desired: (patch) => patches.push(patch), drop: () => undefined }).subscribeDesired();
    const section = 'properties.desired.firmware';
    addConfiguration(hub, 'one', content({ [section]: { fwVersion: '1', fwSize: 7, note: 'x' } }));
    evaluate();
    addConfiguration(hub, 'two', { priority: 20, ...content({ [section]: { fwVersion: '2', fwSize: 7 } }) });
    evaluate();
    hub.configurations.delete('two', undefined);
    hub.configurations.delete('one', undefined);
    evaluate();
    expect(patches).toEqual([
      { firmware: { fwVersion: '1', fwSize: 7, note: 'x' }, $version: 2 },
      { firmware: { fwVersion: '2', fwSize: 7, note: null }, $version: 3 },
      { firmware: null, $version: 4 },
    ]);
  });
});

describe('evaluation', () => {
  test('writes nothing where everything is as it should be', () => {
    const { hub, evaluate, events, pass } = hubAtHand();
    addDevices(hub, { a: {} });
    addConfiguration(hub, 'one');
    evaluate();
    const written = events.length;
    pass(3 * INTERVAL);
    expect(events).toHaveLength(written);
  });

  test('tells of what it wrote as a twin change', () => {
    const { hub, evaluate, events } = hubAtHand();
    addDevices(hub, { a: {} });
    addConfiguration(hub, 'one');
    evaluate();
    expect(bodyOf(events.at(-1))).toMatchObject({
      properties: { desired: { firmware: { fwVersion: 'one' }, $version: 2 } },
    });
  });

  test('counts custom metrics over the whole fleet, after writing', () => {
    const { hub, evaluate } = hubAtHand();
    addDevices(hub, { a: {}, b: {}, c: {} });
    hub.twins.report('b', { firmware: { fwUpdateStatus: 'Error' } });
    const queries = {
      Error: "SELECT deviceId FROM devices WHERE properties.reported.firmware.fwUpdateStatus='Error'",
      Applied: "SELECT deviceId FROM devices WHERE configurations.[[one]].status = 'Applied'",
    };
    addConfiguration(hub, 'one', { metrics: { queries } });
    expect(hub.configurations.get('one')).toMatchObject({ metrics: { results: {}, queries } });
    evaluate();
    expect(hub.configurations.get('one')).toMatchObject({ metrics: { results: { Error: 1, Applied: 3 } } });
  });

  test('a device whose twin has no room keeps what it has and is only targeted', () => {
    const { hub, evaluate } = hubAtHand({ limits: { desiredBytes: 40 } });
    addDevices(hub, { full: {}, empty: {} });
    hub.twins.update('full', { properties: { desired: { own: 'x'.repeat(30) } } }, undefined);
    addConfiguration(hub, 'one');
    evaluate();
    expect(desiredOf(hub, 'full')).toEqual({ own: 'x'.repeat(30) });
    expect(statusesOf(hub, 'full')).toEqual({ one: 'Targeted' });
    expect(statusesOf(hub, 'empty')).toEqual({ one: 'Applied' });
  });

  test('several changes are evaluated once, and nothing runs after close', () => {
    const { hub, scheduled } = hubAtHand();
    addConfiguration(hub, 'one');
    addConfiguration(hub, 'two');
    expect(scheduled()).toBe(2);
    hub.close();
    expect(scheduled()).toBe(0);
  });
});

describe('what is refused', () => {
  test.each([
    ['Upper', {}, 'ArgumentInvalid'],
    ['fw-1.0.1', {}, 'ArgumentInvalid'],
    ['a'.repeat(129), {}, 'ArgumentInvalid'],
    ['one', { id: 'other' }, 'ArgumentInvalid'],
    ['one', { priority: -1 }, 'ArgumentInvalid'],
    ['one', { priority: 1.5 }, 'ArgumentInvalid'],
    ['one', { labels: { n: 1 } }, 'ArgumentInvalid'],
    ['one', { targetCondition: 'tags.a =' }, 'InvalidConfigurationTargetCondition'],
    ['one', { targetCondition: `tags.a = '${'x'.repeat(8192)}'` }, 'InvalidConfigurationTargetCondition'],
    ['one', { metrics: { queries: { m: 'tags.a = 1' } } }, 'InvalidConfigurationCustomMetricsQuery'],
    ['one', { content: undefined }, 'InvalidConfigurationContent'],
    ['one', content({}), 'InvalidConfigurationContent'],
    ['one', content({ 'properties.reported.a': 1 }), 'InvalidConfigurationContent'],
    ['one', content({ 'properties.desired.a': 'x'.repeat(4097) }), 'InvalidConfigurationContent'],
    ['one', content({ 'properties.desired.': 1 }), 'InvalidConfigurationContent'],
    ['one', { content: { modulesContent: { $edgeAgent: {} } } }, 'InvalidConfigurationContent'],
  ])('%.12s with %.60j', (id, members, code) => {
    const { hub } = hubAtHand();
    expect(() => addConfiguration(hub, id, members)).toThrow(expect.objectContaining({ code }));
    expect(hub.configurations.list(Infinity)).toEqual([]);
  });

  test('a sixth custom metric', () => {
    const { hub } = hubAtHand();
    const named = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, 'SELECT * FROM devices']));
    addConfiguration(hub, 'five', { metrics: { queries: named(5) } });
    expect(() => addConfiguration(hub, 'six', { metrics: { queries: named(6) } })).toThrow(/custom metrics/);
  });

  test('one configuration more than the tier allows, until another is deleted', () => {
    const { hub } = hubAtHand({ limits: freeLimits });
    for (let i = 0; i < 10; i++) addConfiguration(hub, `c${i}`);
    expect(() => addConfiguration(hub, 'c10')).toThrow(
      expect.objectContaining({
        code: 'ConfigurationCountLimitExceeded',
        status: 413,
        message: 'Number of deployments exceed the maximum quota 10',
      }),
    );
    hub.configurations.delete('c0', undefined);
    addConfiguration(hub, 'c10');
    expect(hub.configurations.list(Infinity)).toHaveLength(10);
  });
});

test('an update replaces labels, metrics, priority and condition, and keeps content and creation', () => {
  const { hub, pass } = hubAtHand();
  addConfiguration(hub, 'one', { labels: { a: '1' } });
  const before = hub.configurations.get('one');
  pass(1000);
  const after = hub.configurations.update('one', { id: 'one', labels: { b: '2' }, priority: 7 }, '*');
  expect(after).toMatchObject({
    labels: { b: '2' },
    priority: 7,
    targetCondition: '',
    content: before['content'],
    createdTimeUtc: before['createdTimeUtc'],
  });
  expect(after['lastUpdatedTimeUtc']).not.toBe(before['lastUpdatedTimeUtc']);
  expect(after['etag']).not.toBe(before['etag']);
});
