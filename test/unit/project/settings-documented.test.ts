import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { settingDescriptions } from '../../../src/shared/setting-descriptions.ts';
import { readSettings } from '../../../src/shared/settings.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const example = JSON.parse(read('local.settings.example.json')) as { Values: Record<string, string> };
/** Settings of the Functions host itself; the app does not read them. */
const OF_THE_HOST = new Set(['FUNCTIONS_WORKER_RUNTIME']);

test('the example file holds every setting, in the order of their description, and no other', () => {
  const names = Object.keys(example.Values).filter((name) => !OF_THE_HOST.has(name));
  expect(names).toEqual(settingDescriptions.map(({ name }) => name));
});

test('the example file holds the defaults', () => {
  const optional = settingDescriptions.filter(({ required }) => !required);
  const inFile = optional.map(({ name }) => [name, example.Values[name]]);
  expect(inFile).toEqual(optional.map(({ name, default: fallback }) => [name, fallback ?? '']));
});

test('the example file is one that the app starts with', () => {
  expect(() => readSettings(example.Values)).not.toThrow();
});

test('the README describes every setting as the code does', () => {
  const rows = settingDescriptions.map(
    ({ name, required, default: fallback, meaning }) =>
      `| \`${name}\` | ${required ? '**required**' : fallback ? `\`${fallback}\`` : ''} | ${meaning} |`,
  );
  // The formatter pads the columns of a table.
  const unpadded = (text: string) => text.replace(/ +/g, ' ');
  expect(unpadded(read('README.md'))).toContain(unpadded(rows.join('\n')));
});
