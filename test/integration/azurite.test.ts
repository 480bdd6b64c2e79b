import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AzuriteOptions, startAzurite } from '../../local/azurite.ts';

const FREE: AzuriteOptions = { host: '127.0.0.1', ports: { blob: 0, queue: 0, table: 0 } };

describe('Azurite in this process', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'azurite-'));
  });
  afterAll(async () => rm(dir, { recursive: true }));

  test('blobs, messages and entities survive a restart in the same directory', async () => {
    const first = await startAzurite({ ...FREE, dir });
    const blobs = BlobServiceClient.fromConnectionString(first.connectionString).getContainerClient('kept');
    await blobs.create();
    await blobs.getBlockBlobClient('a.txt').upload('content', 7);
    const queue = QueueServiceClient.fromConnectionString(first.connectionString).getQueueClient('kept');
    await queue.create();
    await queue.sendMessage('message');
    const table = tableOf(first.connectionString);
    await table.createTable();
    await table.createEntity({ partitionKey: 'p', rowKey: 'r', value: 1 });
    await first.close();

    const second = await startAzurite({ ...FREE, dir });
    const { connectionString } = second;
    const content = await BlobServiceClient.fromConnectionString(connectionString)
      .getContainerClient('kept')
      .getBlobClient('a.txt')
      .downloadToBuffer();
    expect(content.toString()).toBe('content');
    const messages = await QueueServiceClient.fromConnectionString(connectionString)
      .getQueueClient('kept')
      .peekMessages();
    expect(messages.peekedMessageItems.map(({ messageText }) => messageText)).toEqual(['message']);
    expect(await tableOf(connectionString).getEntity('p', 'r')).toMatchObject({ value: 1 });
    await second.close();
  });

  test('a port that is taken is an error, and the other services do not stay behind', async () => {
    const first = await startAzurite(FREE);
    const blob = Number(new URL(first.blobUrl).port);
    await expect(startAzurite({ ...FREE, ports: { blob, queue: 0, table: 0 } })).rejects.toThrow(
      'EADDRINUSE',
    );
    await first.close();
  });
});

function tableOf(connectionString: string): TableClient {
  return TableClient.fromConnectionString(connectionString, 'kept', { allowInsecureConnection: true });
}
