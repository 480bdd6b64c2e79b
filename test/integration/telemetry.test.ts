import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LogEventDescription, logEvents } from '../../src/shared/log-events.ts';
import { type LogFieldType, type LogField, logFields } from '../../src/shared/log-fields.ts';
import { instruments } from '../../src/shared/telemetry/instruments.ts';
import { linesRead } from '../infra/kql-lines.ts';
import { alertRules, workbookQueries } from '../infra/kql-queries.ts';
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.ts';
import { CORRELATION, eventfulRun, type LogLine, SECOND } from './telemetry-run.ts';

const descriptions: Readonly<Record<string, LogEventDescription>> = logEvents;
const catalogue: Readonly<Record<string, LogField>> = logFields;
const queries = [...workbookQueries(), ...alertRules()].filter(
  ({ query }) => linesRead(query).events.length > 0,
);

let receiver: OtlpReceiver;
let lines: readonly LogLine[];

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  lines = await eventfulRun({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    // Nobody takes webhooks there: attempts are made, and told of.
    WEBHOOK_URLS: `${receiver.url}/hooks`,
    WEBHOOK_SECRETS: `whsec_${randomBytes(24).toString('base64')}`,
  });
}, 240_000);
afterAll(async () => receiver.close());

const linesOf = (event: string) => lines.filter((line) => line.event === event);

describe('the lines that a run really writes', () => {
  test('are of the catalogue, with the fields and types that it says', () => {
    expect(lines.length).toBeGreaterThan(30);
    expect([...new Set(lines.flatMap(faultsOf))]).toEqual([]);
  });

  test.each(queries)('hold every field that a query reads: $name', ({ query }) => {
    const { events, fields } = linesRead(query);
    for (const event of events) {
      const written = new Set(linesOf(event).flatMap((line) => Object.keys(line)));
      expect([...fields.keys()].filter((field) => !written.has(field))).toEqual([]);
      expect(written.size).toBeGreaterThan(1);
    }
  });

  test('follow a rollout from the upload through its gate to its devices', () => {
    const ofRollout = lines.filter(({ rollout }) => rollout === SECOND);
    expect(new Set(ofRollout.map(({ event }) => event))).toEqual(
      new Set([
        'upload-admitted',
        'rollout-counted',
        'rollout-judged',
        'device-updates-moved',
        'device-ended',
        'ledger-drift',
      ]),
    );
  });

  test('all carry a correlation id, those of a request the one that the caller gave', () => {
    expect(
      lines.filter(({ correlationId }) => typeof correlationId !== 'string' || correlationId === ''),
    ).toEqual([]);
    expect(
      lines.filter(({ correlationId }) => correlationId === CORRELATION).map(({ event }) => event),
    ).toEqual(['rollout-controlled', 'request-answered']);
  });

  test('name devices by their pseudonyms only', () => {
    const pseudonyms = new Set(
      Array.from({ length: 8 }, (_, i) =>
        createHash('sha256')
          .update(`devkit-000${i + 1}`)
          .digest('hex')
          .slice(0, 16),
      ),
    );
    const named = linesOf('device-ended').map(({ device }) => device);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((device) => !pseudonyms.has(String(device)))).toEqual([]);
    expect(lines.filter((line) => JSON.stringify(line).includes('devkit-000'))).toEqual([]);
  });

  test('count each failed device once', () => {
    const moved = linesOf('device-updates-moved').map(
      ({ failed, reverted }) => Number(failed) + Number(reverted),
    );
    const ended = linesOf('device-ended').map(({ devices }) => Number(devices));
    expect(sum(ended)).toBe(sum(moved));
    expect(sum(ended)).toBeGreaterThanOrEqual(2);
  });
});

describe('the metrics that a run sends by OTLP', () => {
  test('are complete when the app has ended: what was measured is what was logged', () => {
    expect([...receiver.services]).toEqual(['firmware-ota']);
    const reports = sum(linesOf('twins-changed').map((line) => Number(line['reports'])));
    expect(valueOf('ota.events', { outcome: 'report' })).toBe(reports);
    expect(valueOf('ota.uploads', { outcome: 'refused' })).toBe(1);
    expect(valueOf('ota.uploads', { outcome: 'admitted' })).toBe(2);
    expect(valueOf('ota.gate.decisions', { decision: 'stop' })).toBe(1);
    const failed = sum(linesOf('device-updates-moved').map((line) => Number(line['failed'])));
    expect(valueOf('ota.device.ends', { state: 'Failed' })).toBe(failed);
  });

  test('measure durations in seconds', () => {
    const [lag] = receiver.points('ota.ingest.lag');
    const logged = linesOf('twins-changed').map(({ lagMs }) => Number(lagMs));
    expect(lag).toMatchObject({ unit: 's', count: logged.length });
    expect(lag?.value).toBeCloseTo(sum(logged) / 1000, 3);
    expect(receiver.points('ota.device.download.duration')[0]?.count).toBeGreaterThan(0);
  });

  test('count what the hub was asked', () => {
    expect(valueOf('ota.hub.requests', { outcome: 'answered' })).toBeGreaterThan(4);
  });

  test.each(Object.keys(instruments))('have attributes of closed lists only: %s', (name) => {
    const allowed: Readonly<Record<string, readonly string[]>> =
      instruments[name as keyof typeof instruments].attributes;
    const points = receiver.points(name);
    expect(points.length).toBeGreaterThan(0);
    const open = points.flatMap(({ attributes }) =>
      Object.entries(attributes).filter(([key, value]) => !allowed[key]?.includes(value)),
    );
    expect(open).toEqual([]);
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function valueOf(metric: string, attributes: Readonly<Record<string, string>>): number | undefined {
  const wanted = JSON.stringify(attributes);
  return receiver.points(metric).find((point) => JSON.stringify(point.attributes) === wanted)?.value;
}

/** In what a line differs from the catalogue. */
function faultsOf({ event, ...fields }: LogLine): string[] {
  const { fields: required = [], optional = [] } = descriptions[event] ?? {};
  if (required.length === 0) return [`${event} is not in the catalogue`];
  const missing = required.filter((name) => fields[name] === undefined);
  const wrong = Object.entries(fields).flatMap(([name, value]) => {
    const isNamed = ['correlationId', ...required, ...optional].includes(name);
    if (!isNamed) return [`${event} has ${name} besides`];
    const type = catalogue[name]?.type;
    return type !== undefined && isOf(type, value) ? [] : [`${event}: ${name} is not a ${type}`];
  });
  return [...missing.map((name) => `${event} lacks ${name}`), ...wrong];
}

function isOf(type: LogFieldType, value: unknown): boolean {
  switch (type) {
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'counts':
      return typeof value === 'object' && value !== null && Object.values(value).every(Number.isFinite);
  }
}
