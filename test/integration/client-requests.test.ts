import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { ApiClient } from '../../client/api-client.ts';
import { reads } from '../../client/reads.ts';

const document = JSON.parse(await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, { operationId?: string }>>;
};

/** Asks everything that the client can ask. */
async function askAll(client: ApiClient): Promise<void> {
  const why = { reason: 'Calls' };
  for (const action of ['pause', 'resume', 'stop', 'approve'] as const) {
    await client.control('fw-1', action, why);
  }
  await client.retarget('fw-1', { ...why, priority: 5 });
  await client.revert('fw-1', why);
  await client.retire('fw-1', 'Calls');
  await client.dryRun('a.bin');
  await client.upload('a.bin', new Uint8Array(1));
  await client.replay('2026-03-01@1a2b3c4d@0@42');
  await client.testWebhooks();
  await client.resend('98227623600000-5f2b1c9e8d7a-0123456789abcdef');
  const ids = [reads.rollout('fw-1'), reads.journal('fw-1'), reads.rolloutDevices('fw-1')];
  const texts = [reads.rolloutDevicesCsv('fw-1'), reads.rolloutDevicesNdjson('fw-1'), reads.metrics()];
  const lists = [reads.rollouts(), reads.releases(), reads.refusals(), reads.audit(), reads.deadLetters()];
  const rest = [
    reads.device('d'),
    reads.release('T', '1.0'),
    reads.upload('a.bin'),
    reads.health(),
    reads.ready(),
  ];
  const hooks = [reads.webhooks(), reads.undeliveredEvents()];
  for (const { path } of [...ids, ...texts, ...lists, ...rest, ...hooks]) await client.get({ path });
}

test('every request of the client is an operation of the documented API', async () => {
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    request.resume();
    seen.add(operationOf(request.method ?? '', new URL(request.url ?? '', 'http://localhost').pathname));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    await askAll(new ApiClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  expect([...seen].toSorted()).toEqual(
    [
      'audit',
      'dead-letter-replay',
      'dead-letters',
      'device',
      'health',
      'health-ready',
      'metrics',
      'refusals',
      'release',
      'releases',
      'rollout',
      'rollout-approve',
      'rollout-devices',
      'rollout-devices-csv',
      'rollout-devices-ndjson',
      'rollout-dry-run',
      'rollout-journal',
      'rollout-pause',
      'rollout-resume',
      'rollout-retarget',
      'rollout-retire',
      'rollout-revert',
      'rollout-stop',
      'rollouts',
      'upload',
      'upload-put',
      'webhook-dead-letter-replay',
      'webhook-dead-letters',
      'webhook-test',
      'webhooks',
    ].toSorted(),
  );
});

/** Id of the operation in the document; exact paths go before those with parameters. */
function operationOf(method: string, path: string): string {
  const paths = Object.entries(document.paths).toSorted(
    ([a], [b]) => a.split('{').length - b.split('{').length,
  );
  for (const [template, operations] of paths) {
    const pattern = `^/api${template.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`;
    const id = operations[method.toLowerCase()]?.operationId;
    if (id !== undefined && new RegExp(pattern).test(path)) return id;
  }
  return `not documented: ${method} ${path}`;
}
