import { randomUUID } from 'node:crypto';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAzurite, startAzurite } from '../../local/azurite.ts';
import { eventually, startFixture, type TestHost } from './function-host-harness.ts';

interface Seen {
  content: string;
  buffer: boolean;
  metadata: Record<string, unknown>;
}

describe('the blob trigger', () => {
  let azurite: RunningAzurite;
  let app: TestHost;
  let uploads: ContainerClient;
  let env: Record<string, string>;

  beforeAll(async () => {
    azurite = await startAzurite({ host: '127.0.0.1', ports: { blob: 0, queue: 0, table: 0 } });
    env = {
      AzureWebJobsStorage: azurite.connectionString,
      UploadStorage: azurite.connectionString,
      UPLOADS: 'uploads',
      AzureFunctionsWebHost__hostid: 'test-host',
    };
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    uploads = service.getContainerClient('uploads');
    app = await startFixture('blob', env);
    await uploads.create();
  });
  afterAll(async () => {
    await app.host.stop();
    await azurite.close();
  });

  const put = async (name: string, content: string, metadata = {}): Promise<string> => {
    const { etag } = await uploads.getBlockBlobClient(name).upload(content, content.length, { metadata });
    return etag ?? '';
  };
  const seen = (content: string): Seen[] =>
    (app.entries('uploaded') as Seen[]).filter((entry) => entry.content === content);
  const receiptState = async (name: string): Promise<string | undefined> => {
    const hosts = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
      'azure-webjobs-hosts',
    );
    const prefix = 'blobreceipts/test-host/uploaded/';
    for await (const item of hosts.listBlobsFlat({ prefix, includeMetadata: true })) {
      if (item.name.endsWith(`/uploads/${name}`)) return item.metadata?.['state'];
    }
    return undefined;
  };

  test('a blob arrives as a Buffer with its metadata, names captured greedily, first letters lower-cased', async () => {
    const etag = await put('a/b/c.bin', 'hello', { Color: 'red' });
    const [entry] = await eventually(
      'the blob to be handled',
      () => seen('hello').length === 1 && seen('hello'),
    );
    expect(entry?.buffer).toBe(true);
    expect(entry?.metadata).toMatchObject({
      blobTrigger: 'uploads/a/b/c.bin',
      uri: `${azurite.blobUrl}/uploads/a/b/c.bin`,
      family: 'a/b',
      name: 'c',
      metadata: { color: 'red' },
      properties: { contentLength: 5, blobType: 'BlockBlob', eTag: etag },
    });
  });

  test('a blob that does not fit the pattern is left alone; an empty one is not', async () => {
    await put('a/readme.txt', 'not for us');
    await put('a/empty.bin', '');
    await eventually('the empty blob', () => seen('').length === 1);
    expect(seen('not for us')).toEqual([]);
  });

  test('the same blob runs once; new content runs again, also with the same name', async () => {
    await put('again/x.bin', 'first');
    await eventually('the first content', () => seen('first').length === 1);
    await put('again/x.bin', 'second');
    await eventually('the second content', () => seen('second').length === 1);
    expect(seen('first')).toHaveLength(1);
  });

  test('with sdkBinding the function gets a reference, and the content is not loaded', async () => {
    const references = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
      'references',
    );
    await references.create();
    await references.getBlockBlobClient('deep/file.bin').upload('content', 7);
    const [reference] = await eventually(
      'the reference',
      () => app.entries('referenced').length === 1 && app.entries('referenced'),
    );
    expect(reference).toEqual({
      Connection: 'UploadStorage',
      ContainerName: 'references',
      BlobName: 'deep/file.bin',
    });
  });

  test('after five failed attempts the blob goes to the poison queue, once', async () => {
    const content = `always fails ${randomUUID()}`;
    const etag = await put('bad/x.bin', content);
    const queue = QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient(
      'webjobs-blobtrigger-poison',
    );
    const message = await eventually('the poison message', async () => {
      if (!(await queue.exists())) return undefined;
      const { receivedMessageItems } = await queue.receiveMessages();
      return receivedMessageItems[0];
    });
    expect(JSON.parse(Buffer.from(message.messageText, 'base64').toString())).toEqual({
      FunctionId: 'test-host.Functions.uploaded',
      BlobType: 'BlockBlob',
      ContainerName: 'uploads',
      BlobName: 'bad/x.bin',
      ETag: etag,
    });
    await eventually('the receipt', async () => (await receiptState('bad/x.bin')) === 'poisoned');
    expect(seen(content)).toHaveLength(5);
    // Proof that scans went by since: a later blob was handled, the poisoned one was not tried again.
    await put('bad/later.bin', 'after the poison');
    await eventually('a later blob', () => seen('after the poison').length === 1);
    expect(seen(content)).toHaveLength(5);
  });

  test('no more blobs at a time than maxDegreeOfParallelism', async () => {
    await Promise.all(['1', '2', '3', '4'].map((name) => put(`slow/${name}.bin`, 'slow')));
    const isEnd = (entry: unknown): boolean => (entry as { slowEnd?: string }).slowEnd !== undefined;
    await eventually('all four', () => app.entries('uploaded').filter(isEnd).length === 4);
    let running = 0;
    let highest = 0;
    for (const entry of app.entries('uploaded') as Seen[]) {
      if (isEnd(entry)) running--;
      else if (entry.content === 'slow') running++;
      highest = Math.max(highest, running);
    }
    expect(highest).toBe(2);
  });

  test('a blob whose processing killed the host runs again, until its attempts are used up', async () => {
    await put('killer/x.bin', 'kill me');
    await eventually('five attempts over five processes', () => seen('kill me').length === 5, 60_000);
    await eventually('the receipt', async () => (await receiptState('killer/x.bin')) === 'poisoned');
    await app.host.ready();
    await put('killer/after.bin', 'still alive');
    await eventually('the next blob', () => seen('still alive').length === 1);
    // What had been handled before the crashes did not run again.
    expect([seen('hello').length, seen('second').length, seen('kill me').length]).toEqual([1, 1, 5]);
  });
});
