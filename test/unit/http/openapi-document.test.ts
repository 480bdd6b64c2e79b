import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { document, operations } from './described-api.ts';

const KEPT = fileURLToPath(new URL('../../../docs/openapi.json', import.meta.url));

describe('the OpenAPI document', () => {
  test('is kept in docs/openapi.json as the app serves it', async () => {
    await expect(`${JSON.stringify(document, undefined, 2)}\n`).toMatchFileSnapshot(KEPT);
  });

  test('has nothing that Redocly finds wrong', () => {
    const redocly = fileURLToPath(new URL('../../../node_modules/@redocly/cli/bin/cli.js', import.meta.url));
    const report = execFileSync(process.execPath, [redocly, 'lint', KEPT, '--format=json'], {
      encoding: 'utf8',
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { problems } = JSON.parse(report) as { problems: { ruleId: string; message: string }[] };
    expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
  });

  test('names every operation once, under an id that is a function name', () => {
    const ids = operations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z][a-z0-9-]+$/.test(id))).toEqual([]);
  });

  test.each(operations)('describes every parameter of the path of $id', ({ path, parameters }) => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(parameters.shape)).toEqual(inPath);
  });

  const examples = operations.flatMap(({ id, answer, body }) => [
    ...(answer.kind === 'json' ? [{ of: `the answer of ${id}`, ...answer }] : []),
    ...(body ? [{ of: `the body of ${id}`, ...body }] : []),
  ]);
  test.each(examples)('shows an example that the schema takes: $of', ({ schema, example }) => {
    expect(schema.safeParse(example).error).toBeUndefined();
  });
});
