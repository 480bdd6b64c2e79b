// Installs Chromium for the tests of the dashboard where it is missing and Debian's packages can be installed;
// elsewhere it says what to do. CHROMIUM names another browser than the one that is found.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const wanted = process.env['CHROMIUM'];

if (wanted ? !existsSync(wanted) : !known.some((path) => existsSync(path))) {
  if (wanted) fail(`CHROMIUM names ${wanted}, which does not exist.`);
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    fail('The tests of the dashboard need Chromium: install it, or name another browser in CHROMIUM.');
  }
  console.error('Installing Chromium ...');
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', 'chromium');
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env });
  if (status !== 0)
    fail(`apt-get ${args[0]} failed. Install Chromium by hand, or name a browser in CHROMIUM.`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
