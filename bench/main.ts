import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format } from 'oxfmt';
import { benchColdStart } from './cold-start.ts';
import { benchExposure } from './exposure.ts';
import type { BenchOptions, BenchResult } from './figure.ts';
import { benchLedger } from './ledger.ts';
import { thisMachine } from './machine.ts';
import { benchReads } from './reads.ts';
import { benchSection, jsonLines, type NamedResult, resultsPage } from './report.ts';
import { benchUpload } from './upload.ts';
import { benchVisible } from './visible.ts';

/**
 * `npm run bench` runs all benches and writes bench/results.md. `npm run bench -- NAME…` runs some and
 * prints them: as Markdown, or with `--json` as one object a line. `--quick` is smaller. A missed goal is
 * printed as missed and is no failure of the program.
 */

type BenchName = 'ledger' | 'reads' | 'visible' | 'cold-start' | 'upload' | 'exposure';
const benches: Readonly<Record<BenchName, (options: BenchOptions) => Promise<BenchResult>>> = {
  ledger: benchLedger,
  reads: benchReads,
  visible: benchVisible,
  'cold-start': benchColdStart,
  upload: benchUpload,
  exposure: benchExposure,
};
const RESULTS = fileURLToPath(new URL('results.md', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
const unknown = positionals.find((name) => !isBench(name));
if (unknown === undefined) await run(positionals.filter(isBench));
else {
  process.stderr.write(`There is no bench "${unknown}"; there are ${Object.keys(benches).join(', ')}.\n`);
  process.exitCode = 2;
}

async function run(chosen: readonly BenchName[]): Promise<void> {
  const machine = thisMachine();
  const results: NamedResult[] = [];
  for (const bench of chosen.length > 0 ? chosen : (Object.keys(benches) as BenchName[])) {
    process.stderr.write(`bench ${bench} …\n`);
    const named = { bench, result: await benches[bench]({ quick: values.quick }) };
    process.stdout.write(values.json ? jsonLines(named) : benchSection(named));
    results.push(named);
  }
  // What stands in the repository is of whole runs only.
  if (chosen.length > 0 || values.quick) return;
  const page = resultsPage(new Date().toISOString(), machine, results);
  // The file is checked in, and so has to look as the formatter wants it.
  await writeFile(RESULTS, (await format('results.md', page)).code);
}

function isBench(name: string): name is BenchName {
  return name in benches;
}
