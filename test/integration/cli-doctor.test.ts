import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiClient } from '../../client/api-client.ts';
import { installationFindings } from '../../cli/check-installation.ts';
import { exampleDiagnosis } from '../../src/functions/api/diagnosis-schemas.ts';
import { jsonOf, ota } from './cli-harness.ts';

type Answer = { readonly status: number; readonly type?: string; readonly body?: unknown };
interface Found {
  readonly check: string;
  readonly level: string;
  readonly text: string;
}

const ok: Answer = { status: 200, body: { status: 'ok' } };
const away: Answer = {
  status: 503,
  type: 'application/problem+json',
  body: { title: 'A table does not answer', detail: 'A table does not answer.', status: 503 },
};
const denied: Answer = { status: 401 };

let server: Server;
/** What the app answers, by the beginning of the path; the first that fits. */
let answers: readonly (readonly [path: string, Answer])[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const found = answers.find(([path]) => request.url?.startsWith(path) === true);
    const { status, type = 'application/json', body } = found?.[1] ?? { status: 404 };
    response.writeHead(status, { 'content-type': type }).end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** What the doctor finds of an app that answers so. */
async function findings(...given: typeof answers): Promise<readonly Found[]> {
  answers = given;
  const { port } = server.address() as AddressInfo;
  const ran = await ota(['doctor', '--output', 'json'], { env: { OTA_URL: `http://127.0.0.1:${port}` } });
  expect(ran).toMatchObject({ exit: 1, err: '' });
  return (jsonOf(ran) as { value: readonly Found[] }).value;
}
const levels = (found: readonly Found[]) => found.map(({ check, level }) => `${check} ${level}`);

test('where the tables do not answer, the doctor says that it is the tables', async () => {
  const checks = { tables: { ok: false, reason: 'ETIMEDOUT' }, iotHub: { ok: true } };
  const found = await findings(
    ['/api/health/ready', { status: 503, body: { status: 'degraded', checks } }],
    ['/api/health', ok],
    ['/api/', away],
  );
  expect(levels(found)).toEqual([
    'settings ok',
    'app ok',
    'read fail',
    'steer warn',
    'tables fail',
    'iotHub ok',
  ]);
  expect(found.find(({ check }) => check === 'tables')?.text).toContain('ETIMEDOUT');
});

test('where the caller may not look, nothing but that is said', async () => {
  const found = await findings(['/api/health/ready', denied], ['/api/health', ok], ['/api/', denied]);
  expect(levels(found)).toEqual(['settings ok', 'app ok', 'read fail', 'steer warn']);
});

test('a check that cannot be made does not take the others along', async () => {
  const listed = { id: 'fw-1', state: 'running' };
  const found = await findings(
    ['/api/health/ready', { status: 200, body: { status: 'ok', checks: { tables: { ok: true } } } }],
    ['/api/health', ok],
    ['/api/rollouts?', { status: 200, body: { value: [listed] } }],
    ['/api/diagnosis', away],
    ['/api/rollouts/', away],
  );
  expect(levels(found)).toEqual([
    'settings ok',
    'app ok',
    'read ok',
    'steer warn',
    'tables ok',
    'diagnosis fail',
    'download fail',
  ]);
});

describe('what the app tells of the installation', () => {
  /** The same without a process of its own. */
  async function installation(given: Answer) {
    answers = [['/api/diagnosis', given]];
    const { port } = server.address() as AddressInfo;
    return installationFindings(new ApiClient({ baseUrl: `http://127.0.0.1:${port}` }));
  }

  test('has a line for each check, whatever is known', async () => {
    const body = { ...exampleDiagnosis, quota: { known: false, reason: 'ECONNREFUSED' } };
    expect(levels(await installation({ status: 200, body }))).toEqual([
      'routes ok',
      'reports warn',
      'tags ok',
      'quota warn',
      'plan ok',
      'setup ok',
    ]);
  });

  test('is not told by an app that is older than the command', async () => {
    expect(await installation({ status: 404 })).toMatchObject([
      { check: 'diagnosis', level: 'warn', next: ['Deploy the app anew.'] },
    ]);
  });
});
