import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { eventually, TestCloud } from '../integration/local-cloud-harness.ts';
import { ROOT } from './infra-sources.ts';

const run = promisify(execFile);

describe('the package that azd deploys', () => {
  let directory: string;
  let files: string[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'package-'));
    // .funcignore is in the language of .gitignore: git itself says what is left, from an empty repository.
    const gitDirectory = join(directory, 'git');
    await run('git', ['init', '--quiet', '--bare', gitDirectory]);
    const { stdout } = await run(
      'git',
      [
        '--git-dir',
        gitDirectory,
        '--work-tree',
        ROOT,
        'ls-files',
        '--others',
        '-z',
        '--exclude-from=.funcignore',
      ],
      { cwd: ROOT, maxBuffer: 1e8 },
    );
    files = stdout.split('\0').filter((name) => name !== '');
  });
  afterAll(async () => rm(directory, { recursive: true, force: true }));

  test('holds the bundle, host.json and package.json, and nothing else', () => {
    expect(files).toEqual(expect.arrayContaining(['host.json', 'package.json', 'dist/index.js']));
    const others = files.filter((name) => !/^(?:host\.json|package\.json|dist\/.+)$/.test(name));
    expect(others).toEqual([]);
    expect(files.filter((name) => name.endsWith('.map'))).toEqual([]);
  });

  test('has a main that the worker finds, for the Node.js version that is deployed', async () => {
    const { main, engines } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      main: string;
      engines: { node: string };
    };
    expect(files).toContain(main);
    expect(engines.node).toBe('>=20.19.0');
    expect(await readFile(join(ROOT, 'infra/main.bicep'), 'utf8')).toContain(
      "param nodeVersion string = '22'",
    );
  });

  test('starts as it is, and releases an image', async () => {
    const appDir = join(directory, 'app');
    for (const name of files) await cp(join(ROOT, name), join(appDir, name), { recursive: true });
    const cloud = await TestCloud.start({ appDir });
    try {
      await cloud.drop('FirmwareOTA-1.0.1.bin', buildFirmwareImage({ version: '1.0.1', size: 8192 }));
      const rollout = await eventually('the image is released', () =>
        cloud.get('/rollouts/fw-iotdevkit-1-0-1'),
      );
      expect(rollout).toMatchObject({ version: '1.0.1', release: { size: 8192 } });
      expect(await cloud.get('/health/ready')).toMatchObject({ ready: true });
    } finally {
      await cloud.close();
    }
  });
});
