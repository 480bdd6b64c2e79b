import { describe, expect, it } from 'vitest';
import { type Receiver, ReceiverRegistry } from '../../../local/event-hubs/receiver-registry.ts';

/** A reader that notes the condition with which it is displaced. */
function reader(epoch?: number): Receiver & { stolen: string[] } {
  const stolen: string[] = [];
  return { epoch, stolen, steal: ({ condition }) => stolen.push(condition) };
}

describe('readers of one partition in one consumer group', () => {
  it('lets five readers without an owner level share', () => {
    const registry = new ReceiverRegistry();
    const readers = Array.from({ length: 6 }, () => reader());
    const refusals = readers.map((one) => registry.admit('ingest/0', one)?.condition);
    expect(refusals).toEqual([...Array(5).fill(undefined), 'amqp:resource-limit-exceeded']);
    const [first = reader()] = readers;
    registry.leave('ingest/0', first);
    expect(registry.admit('ingest/0', reader())).toBeUndefined();
  });

  it.each([
    ['a reader without an owner level', undefined],
    ['a reader with a lower owner level', 3],
    ['a reader with the same owner level', 4],
  ])('lets an owner displace %s', (_, epoch) => {
    const registry = new ReceiverRegistry();
    const before = reader(epoch);
    registry.admit('ingest/0', before);
    expect(registry.admit('ingest/0', reader(4))).toBeUndefined();
    expect(before.stolen).toEqual(['amqp:link:stolen']);
  });

  it('keeps an owner against readers with a lower level or none', () => {
    const registry = new ReceiverRegistry();
    const owner = reader(4);
    registry.admit('ingest/0', owner);
    expect(registry.admit('ingest/0', reader(3))?.condition).toBe('amqp:link:stolen');
    expect(registry.admit('ingest/0', reader())?.condition).toBe('amqp:link:stolen');
    expect(owner.stolen).toEqual([]);
  });

  it('frees the partition when the owner leaves', () => {
    const registry = new ReceiverRegistry();
    const owner = reader(4);
    registry.admit('ingest/0', owner);
    registry.leave('ingest/0', owner);
    expect(registry.admit('ingest/0', reader())).toBeUndefined();
  });

  it('does not mix partitions or groups', () => {
    const registry = new ReceiverRegistry();
    const owner = reader(1);
    registry.admit('ingest/0', owner);
    registry.admit('ingest/1', reader(2));
    registry.admit('other/0', reader(2));
    expect(owner.stolen).toEqual([]);
  });

  it('ignores the leaving of a reader that was displaced', () => {
    const registry = new ReceiverRegistry();
    const displaced = reader(1);
    registry.admit('ingest/0', displaced);
    registry.admit('ingest/0', reader(2));
    registry.leave('ingest/0', displaced);
    expect(registry.admit('ingest/0', reader())?.condition).toBe('amqp:link:stolen');
  });
});
