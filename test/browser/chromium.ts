import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where Debian, Ubuntu and Google put it. */
const KNOWN = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Chromium is told to leave the network alone: a request that is seen is one of the page. */
const FLAGS = [
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Containers have a small /dev/shm, in which tabs crash.
  '--disable-dev-shm-usage',
];

/**
 * A headless Chromium with a profile of its own, which it takes along when it is closed. Throws where none is
 * found.
 */
export async function startChromium(): Promise<Browser> {
  // Chromium has no sandbox for root.
  const chromiumSandbox = process.getuid?.() !== 0;
  return chromium.launch({ executablePath: chromiumPath(), args: FLAGS, chromiumSandbox, timeout: 60_000 });
}

function chromiumPath(): string {
  const path = process.env['CHROMIUM'] ?? KNOWN.find((known) => existsSync(known));
  if (path === undefined) {
    throw new Error(
      'There is no Chromium: install it, or name a browser in the environment variable CHROMIUM.',
    );
  }
  return path;
}
