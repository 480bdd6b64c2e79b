import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { earliestEventPosition } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { ContainerClient } from '@azure/storage-blob';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startAzurite } from '../../local/azurite.ts';
import { openPersistedLog } from '../../local/event-hubs/persist-log.ts';
import {
  appendNumbers,
  Collector,
  endAll,
  endings,
  inOrder,
  LOG,
  numbers,
  producer,
  received,
  start,
  until,
} from './event-hubs-harness.ts';

afterEach(endAll);

describe('consumers with checkpoints in blob storage', () => {
  it('share the partitions, and the next one goes on where they stopped', async () => {
    const { server, log } = await start();
    const azurite = await startAzurite({ host: '127.0.0.1', ports: { blob: 0, queue: 0, table: 0 } });
    endings.push(() => azurite.close());
    const container = new ContainerClient(azurite.connectionString, 'checkpoints');
    await container.create();
    const joinGroup = () =>
      new Collector(server.connectionString, 'ingest', new BlobCheckpointStore(container)).subscribe(
        earliestEventPosition,
        {},
        true,
      );

    const first = joinGroup();
    appendNumbers(log, 0, 200);
    await received(first, 200);
    const second = joinGroup();
    await vi.waitFor(() => expect([first.partitions.size, second.partitions.size]).toEqual([2, 2]), until);
    appendNumbers(log, 200, 400);
    await vi.waitFor(() => {
      expect(inOrder([...new Set([...first.bodies(), ...second.bodies()])])).toEqual(numbers(0, 400));
    }, until);
    await first.close();
    await second.close();

    appendNumbers(log, 400, 500);
    const third = await received(joinGroup(), 100);
    expect(inOrder(third.bodies())).toEqual(numbers(400, 500));
  });
});

describe('the Event Hubs endpoint', () => {
  it('goes on without loss or repetition when all connections are cut', async () => {
    const { server, log } = await start();
    const collector = new Collector(server.connectionString).subscribe(earliestEventPosition);
    appendNumbers(log, 0, 400);
    await received(collector, 400);
    for (let round = 1; round <= 3; round++) {
      appendNumbers(log, round * 400, round * 400 + 400);
      server.dropAll();
      // Every partition is connected again before the next cut: for an answer that a cut in mid-connect
      // takes away, the SDK waits a minute.
      await received(collector, round * 400 + 400);
    }
    expect(inOrder(collector.bodies())).toEqual(numbers(0, 1600));
  });

  it('goes on where it was after a restart on the same files and port', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'event-hubs-'));
    endings.push(() => rmSync(dir, { recursive: true }));
    const before = openPersistedLog(dir, LOG);
    const { server } = await start(before.log);
    const collector = new Collector(server.connectionString).subscribe(earliestEventPosition);
    appendNumbers(before.log, 0, 100);
    await received(collector, 100);
    await server.close();
    before.close();

    const after = openPersistedLog(dir, LOG);
    endings.push(() => after.close());
    await start(after.log, server.port);
    appendNumbers(after.log, 100, 200);
    await received(collector, 200);
    expect(inOrder(collector.bodies())).toEqual(numbers(0, 200));
    await collector.close();
  });

  it('closes within a second though clients are connected', async () => {
    const { server, log } = await start();
    appendNumbers(log, 0, 10);
    const collector = await received(
      new Collector(server.connectionString).subscribe(earliestEventPosition),
      10,
    );
    const begin = performance.now();
    await server.close();
    const duration = performance.now() - begin;
    // The SDK closes in peace only where there is somebody to say goodbye to.
    await start(log, server.port);
    appendNumbers(log, 10, 60);
    await received(collector, 60);
    await collector.close();
    expect(duration).toBeLessThan(1000);
  });

  it.each([
    ['nonsense', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a frame of an impossible size', Buffer.from('414d515000010000ffffffff02000000', 'hex')],
    ['a frame with a broken performative', Buffer.from('414d5150000100000000000c0200000000ff1234', 'hex')],
    [
      'a link on a session that was never begun',
      Buffer.from('414d5150000100000000000c0200000700531245', 'hex'),
    ],
  ])('cuts off a peer that sends %s, and serves the others', async (_, bytes) => {
    const { server, log } = await start();
    const socket = net.connect(server.port, '127.0.0.1').on('error', () => undefined);
    const closed = new Promise((resolve) => {
      socket.on('close', resolve);
    });
    socket.resume().write(bytes);
    await closed;
    await producer(server).sendBatch([{ body: 1 }], { partitionId: '0' });
    expect(log.partition('0').lastSequenceNumber).toBe(0);
  });
});
