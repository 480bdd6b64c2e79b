import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/**
 * What axe finds on the page as it is now, one line for each place; every rule of axe that is on by default. It
 * gets in by the browser's own debugger, which the content security policy does not hold.
 */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(await readFile(AXE, 'utf8'));
  const { violations, passes } = await page.evaluate<AxeResults>('axe.run()');
  // A page on which no rule found anything to look at was not looked at.
  if (passes.length < 5) throw new Error('axe saw next to nothing of the page');
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')} ${failureSummary ?? ''}`),
  );
}
