// Installs the packages of package-lock.json where they are missing or out of date, so that `npm start`
// and `npm test` work on a fresh clone. Plain JavaScript without dependencies: it runs before there are any.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ${process.versions.node} is too old: Node 20.19 or newer is needed.`);
  process.exit(1);
}

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}node_modules/.installed-lock`;
const lock = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.error('Installing packages ...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const options = { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' };
  // Not `npm ci`: it refuses a lock file that does not list the optional packages of every platform.
  // Without --save neither package.json nor the lock file is changed; no package needs its install script.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, error } = spawnSync(npm, args, options);
  if (status !== 0) {
    console.error(`npm install failed${error ? `: ${error.message}` : ''}. Mend what it says and try again.`);
    process.exit(status ?? 1);
  }
  writeFileSync(stamp, lock);
}
