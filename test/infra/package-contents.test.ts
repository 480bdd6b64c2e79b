import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildFirmwareImage } from '../../local/devkit/firmware-image.ts';
import { eventually, TestCloud } from '../integration/local-cloud-harness.ts';
import { ROOT } from './infra-sources.ts';

const run = promisify(execFile);
const DIST = join(ROOT, 'dist');

describe('the package that azd deploys', () => {
  let directory: string;
  let files: string[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'package-'));
    // .funcignore is in the language of .gitignore: git itself says what is left, from an empty repository.
    const gitDirectory = join(directory, 'git');
    await run('git', ['init', '--quiet', '--bare', gitDirectory]);
    const all = ['--git-dir', gitDirectory, '--work-tree', DIST, 'ls-files', '--others', '-z'];
    const { stdout } = await run('git', [...all, `--exclude-from=${join(ROOT, '.funcignore')}`], {
      cwd: DIST,
      maxBuffer: 1e8,
    });
    files = stdout.split('\0').filter((name) => name !== '');
  });
  afterAll(async () => rm(directory, { recursive: true, force: true }));

  test('holds the bundle, host.json and a package.json, and no file that only a debugger reads', async () => {
    expect(files).toEqual(expect.arrayContaining(['host.json', 'package.json', 'index.js']));
    expect(files.filter((name) => name.endsWith('.map'))).toEqual([]);
    expect(await readFile(join(DIST, 'host.json'), 'utf8')).toBe(
      await readFile(join(ROOT, 'host.json'), 'utf8'),
    );
  });

  test('leaves Azure nothing to install and nothing to build', async () => {
    const made = JSON.parse(await readFile(join(DIST, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(made).toMatchObject({ type: 'module', main: 'index.js' });
    expect(Object.keys(made).filter((key) => /scripts|dependencies/i.test(key))).toEqual([]);
  });

  // azd reads the file for node_modules, and refuses it beside `remoteBuild: false`; its releases before 1.23.13 leave
  // out what a pattern with `!` keeps.
  test('is told of in a .funcignore that every azd takes', async () => {
    const patterns = (await readFile(join(ROOT, '.funcignore'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(patterns.filter((pattern) => pattern.startsWith('!'))).toEqual([]);
    const { status } = spawnSync(
      'git',
      [
        '-c',
        `core.excludesFile=${join(ROOT, '.funcignore')}`,
        'check-ignore',
        '--quiet',
        'node_modules/a.js',
      ],
      { cwd: directory, env: { ...process.env, GIT_DIR: join(directory, 'git'), GIT_WORK_TREE: directory } },
    );
    expect(status, 'whether node_modules is left out (0: yes, 1: no)').toBe(1);
  });

  test('starts as it is, and releases an image', async () => {
    const appDir = join(directory, 'app');
    for (const name of files) await cp(join(DIST, name), join(appDir, name), { recursive: true });
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
