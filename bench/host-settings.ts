import { readFileSync } from 'node:fs';

/** How many events the deployed function gets at most in a batch, so that the bench uses the same. */
export function maxEventBatchSize(): number {
  const text = readFileSync(new URL('../host.json', import.meta.url), 'utf8');
  const host = JSON.parse(text) as { extensions: { eventHubs: { maxEventBatchSize: number } } };
  return host.extensions.eventHubs.maxEventBatchSize;
}
