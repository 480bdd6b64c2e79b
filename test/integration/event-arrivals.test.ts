import { EventHubConsumerClient } from '@azure/event-hubs';
import { afterEach, expect, test } from 'vitest';
import { EventLog } from '../../local/event-hubs/event-log.ts';
import { eventArrivals } from '../../src/shared/status/event-arrivals.ts';
import { appendNumbers, endAll, endings, LOG, start } from './event-hubs-harness.ts';

afterEach(endAll);

test('an event hub tells when its newest event arrived, in whichever partition', async () => {
  const { log, server } = await start(new EventLog({ ...LOG, maxEventsPerPartition: 1000 }));
  const client = new EventHubConsumerClient('$Default', server.connectionString);
  endings.push(async () => client.close());
  expect(await eventArrivals(client)).toEqual({ partitions: 4 });

  const before = Date.now();
  appendNumbers(log, 0, 3, '2');
  const { newestAt = '' } = await eventArrivals(client);
  expect(Date.parse(newestAt)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(newestAt)).toBeLessThanOrEqual(Date.now());
});
