import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Builds the function app once before the tests: they run what is deployed. */
export function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../scripts/build.mjs', import.meta.url))], {
    stdio: 'inherit',
  });
}
