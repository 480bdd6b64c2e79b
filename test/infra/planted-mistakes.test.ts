import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { infraFindings } from './infra-findings.ts';
import { infraFiles, readSources } from './infra-sources.ts';
import { deployedUnder, parameterChoices } from './parameter-choices.ts';
import { type Registered, registeredWith, settingsOf } from './registered-functions.ts';

const mistake = z.strictObject({
  mistake: z.string(),
  file: z.string(),
  text: z.string().optional(),
  pattern: z.string().optional(),
  becomes: z.string(),
  says: z.string(),
});
const planted = z
  .record(z.string(), z.array(mistake))
  .parse(parse(readFileSync(new URL('planted-mistakes.yaml', import.meta.url), 'utf8')));
const mistakes = Object.entries(planted).flatMap(([check, list]) => list.map((item) => ({ ...item, check })));

describe('a planted mistake is caught', () => {
  const sources = readSources();
  let registered: Registered;
  beforeAll(async () => {
    const [defaults = {}] = Object.values(parameterChoices);
    registered = await registeredWith(settingsOf(deployedUnder(infraFiles(sources), defaults)));
  });

  test.each(mistakes)('$check: $mistake', async ({ file, text, pattern, becomes, check, says }) => {
    const original = sources.get(file) ?? '';
    const wrong = original.replaceAll(
      pattern === undefined ? (text ?? '') : new RegExp(pattern, 'g'),
      () => becomes,
    );
    expect(wrong, 'the mistake could not be planted').not.toBe(original);
    const findings = await infraFindings(new Map([...sources, [file, wrong]]), registered);
    expect(findings).toContainEqual({ check, message: expect.stringMatching(new RegExp(says)) as string });
  });
});
