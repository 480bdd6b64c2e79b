import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** What other colours can change; every other rule finds the same in both. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/**
 * What axe finds on the page as it is now, one line for each place: every rule that is on by default in light
 * colours, then those of colours in dark ones. It gets in by the browser's own debugger, which the content
 * security policy does not hold.
 */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  // It stays where only what stands after `#` has changed.
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(await readFile(AXE, 'utf8'));
  const light = await found(page, 'light', 'axe.run()', 5);
  const dark = await found(page, 'dark', `axe.run({ runOnly: ${JSON.stringify(OF_COLOURS)} })`, 1);
  await page.emulateMedia({ colorScheme: 'light' });
  return [...light, ...dark];
}

async function found(
  page: Page,
  colorScheme: 'light' | 'dark',
  run: string,
  fewestPasses: number,
): Promise<readonly string[]> {
  await page.emulateMedia({ colorScheme });
  const { violations, passes } = await page.evaluate<AxeResults>(run);
  // A page on which no rule found anything to look at was not looked at.
  if (passes.length < fewestPasses) throw new Error(`axe saw next to nothing of the page in ${colorScheme}`);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) =>
        `${colorScheme}: ${id}: ${help}: ${target.join(' ')} ${failureSummary ?? ''}`,
    ),
  );
}
