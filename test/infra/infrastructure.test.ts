import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { bicepNames, infraFiles, readSources, ROOT } from './infra-sources.ts';
import { infraFindings } from './infra-findings.ts';
import { appSettingsOf, deployedUnder, parameterChoices } from './parameter-choices.ts';
import { type Registered, registeredWith, settingsOf } from './registered-functions.ts';
import { sdkCalls } from './sdk-calls.ts';

const sources = readSources();
const files = infraFiles(sources);
const choices = Object.entries(parameterChoices).map(([name, choice]) => ({
  name,
  resources: deployedUnder(files, choice),
}));

describe('what is deployed', () => {
  let registered: Registered;
  beforeAll(async () => {
    registered = await registeredWith(settingsOf(choices[0]?.resources ?? []));
  });

  test('is what Azure, the code and the rules of this project ask for', async () => {
    expect(await infraFindings(sources, registered)).toEqual([]);
  });

  test('is looked at in full: files, resources, settings and calls are really there', async () => {
    expect(bicepNames(sources)).toContain('main.bicep');
    const [defaults = { resources: [] }] = choices;
    expect(defaults.resources.filter(({ existing }) => !existing).length).toBeGreaterThan(25);
    expect(Object.keys(appSettingsOf(defaults.resources)).length).toBeGreaterThan(25);
    expect((await sdkCalls(sources)).map(({ method }) => method)).toEqual(
      expect.arrayContaining([
        'addConfiguration',
        'createQuery',
        'submitTransaction',
        'setTags',
        'getPartitionIds',
      ]),
    );
  });

  test.each(choices)('lets the app start and register the same functions: $name', async ({ resources }) => {
    const settings = settingsOf(resources);
    const { functions } = await registeredWith(settings);
    // Only the download proxy is a function by choice.
    const others = functions.map(({ name }) => name).filter((name) => name !== 'release-downloaded');
    expect(others).toEqual(registered.functions.map(({ name }) => name));
    expect(functions.length > others.length).toBe('DOWNLOAD_TOKEN_KEY' in settings);
  });
});

test('a secret reaches the app by a secure parameter or a call of Azure, never by a value in these files', () => {
  const secret = /(?:AccountKey|SharedAccessKey|sig)=[A-Za-z0-9+/]{20,}|whsec_[A-Za-z0-9+/=]{20,}/;
  const ofInfra = [...sources].filter(([path]) => /^(?:infra|azure\.yaml)/.test(path));
  expect(ofInfra.length).toBeGreaterThan(15);
  expect(ofInfra.filter(([, text]) => secret.test(text)).map(([path]) => path)).toEqual([]);
});

test('every choice is told of in docs/deploy.md', () => {
  const parameters = sources.get('infra/main.parameters.json') ?? '';
  const variables = [...parameters.matchAll(/\$\{(OTA_\w+)/g)].map(([, name = '']) => name);
  const page = readFileSync(join(ROOT, 'docs/deploy.md'), 'utf8');
  expect(variables.length).toBeGreaterThan(15);
  expect(variables.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('docs/deploy.md tells of every check that there is', () => {
  const planted = parse(readFileSync(join(ROOT, 'test/infra/planted-mistakes.yaml'), 'utf8')) as Record<
    string,
    unknown
  >;
  const page = readFileSync(join(ROOT, 'docs/deploy.md'), 'utf8');
  expect(Object.keys(planted).filter((check) => !page.includes(`\`${check}\``))).toEqual([]);
});
