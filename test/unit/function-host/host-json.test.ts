import { describe, expect, test } from 'vitest';
import { parseHostJson } from '../../../local/function-host/host-json.ts';

describe('host.json', () => {
  test('without extensions, the defaults of the Azure extensions hold', () => {
    expect(parseHostJson('{"version":"2.0"}')).toEqual({
      version: '2.0',
      extensions: {
        http: { routePrefix: 'api' },
        blobs: { maxDegreeOfParallelism: 8, poisonBlobThreshold: 5 },
        eventHubs: {
          maxEventBatchSize: 100,
          minEventBatchSize: 1,
          prefetchCount: 300,
          batchCheckpointFrequency: 1,
          initialOffsetOptions: { type: 'fromStart' },
        },
        queues: {
          maxPollingInterval: 60_000,
          visibilityTimeout: 0,
          batchSize: 16,
          newBatchThreshold: 8,
          maxDequeueCount: 5,
          messageEncoding: 'base64',
        },
      },
    });
  });

  test('what is set is taken, what is of no concern here is passed over', () => {
    const text = JSON.stringify({
      version: '2.0',
      logging: { logLevel: { default: 'Warning' } },
      extensionBundle: { id: 'x', version: '[4.*, 5.0.0)' },
      functionTimeout: '00:10:00',
      extensions: {
        eventHubs: { maxEventBatchSize: 297, prefetchCount: 600 },
        http: { routePrefix: '' },
        queues: { visibilityTimeout: '00:00:30', batchSize: 5, messageEncoding: 'none' },
      },
    });
    const parsed = parseHostJson(text);
    expect(parsed.functionTimeout).toBe(600_000);
    expect(parsed.extensions.http.routePrefix).toBe('');
    expect(parsed.extensions.queues).toMatchObject({
      visibilityTimeout: 30_000,
      newBatchThreshold: 2,
      messageEncoding: 'none',
    });
    expect(parsed.extensions.eventHubs).toMatchObject({ maxEventBatchSize: 297, prefetchCount: 600 });
  });

  test('a timeout of -1 is none', () => {
    expect(parseHostJson('{"version":"2.0","functionTimeout":"-1"}').functionTimeout).toBeUndefined();
  });

  test.each([
    ['not json', 'host.json is not JSON'],
    ['{}', 'version'],
    ['{"version":"2.0","functionTimeout":"soon"}', 'functionTimeout'],
    ['{"version":"2.0","extensions":{"queues":{"batchSize":33}}}', 'batchSize'],
    ['{"version":"2.0","extensions":{"queues":{"maxPollingInterval":"00:00:00.05"}}}', '100 ms'],
    ['{"version":"2.0","extensions":{"eventHubs":{"maxEventBatchSize":0}}}', 'maxEventBatchSize'],
    [
      '{"version":"2.0","extensions":{"eventHubs":{"minEventBatchSize":10}}}',
      'the local function host has only 1',
    ],
    [
      '{"version":"2.0","extensions":{"eventHubs":{"initialOffsetOptions":{"type":"fromMiddle"}}}}',
      'initialOffsetOptions',
    ],
  ])('%s is refused with a word about %s', (text, message) => {
    expect(() => parseHostJson(text)).toThrow(message);
  });
});
