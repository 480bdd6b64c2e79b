// Bundles the function app into dist/: one entry, split where SDKs are imported at first use, so that a
// cold start loads only what the function that woke up needs. dist/ is also the whole package that azd deploys.
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildDashboard } from './build-dashboard.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
// Beside its place, so that an app which runs from dist/ meanwhile finds its files until the new ones are there.
const made = `.dist-${process.pid}`;
await build({
  absWorkingDir: root,
  entryPoints: { index: 'src/functions/index.ts' },
  outdir: made,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  splitting: true,
  minifySyntax: true,
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  // The ES module of this package exports nothing; its CommonJS file is also the one that @azure/functions
  // loads, and both have to meet in the same registry of factories.
  alias: {
    '@azure/functions-extensions-base': createRequire(import.meta.url).resolve(
      '@azure/functions-extensions-base',
    ),
  },
  // The worker puts this module in place at run time.
  external: ['@azure/functions-core'],
  // CommonJS packages inside an ES module bundle still call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
});
// What the API's page needs, served by the app itself; see src/functions/api/docs-page.ts.
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE', 'NOTICE']) {
  cpSync(`${root}node_modules/swagger-ui-dist/${file}`, `${root}${made}/api-docs/${file}`);
}
await buildDashboard(`${root}${made}/dashboard`);
// A package.json without packages and scripts: Azure has nothing to install and nothing to build.
const { name, version, type } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
writeFileSync(
  `${root}${made}/package.json`,
  JSON.stringify({ name, version, private: true, type, main: 'index.js' }),
);
cpSync(`${root}host.json`, `${root}${made}/host.json`);

const former = `${root}${made}-former`;
if (existsSync(`${root}dist`)) renameSync(`${root}dist`, former);
renameSync(`${root}${made}`, `${root}dist`);
rmSync(former, { recursive: true, force: true });
