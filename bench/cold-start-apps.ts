import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** The same app in several forms: entry files to load, and the process that loads one. */
export interface ColdStartApps {
  readonly entries: Readonly<Record<AppForm, string>>;
  /** Plain JavaScript, so that no loader for TypeScript is in the way. */
  readonly loader: string;
  remove(): Promise<void>;
}

/**
 * `bundled`: what is deployed. `unbundled`: its source as separate files, packages from node_modules, with
 * the SDKs imported at the top as most apps do. `unbundled, lazy`: the same, with the app's own way of
 * importing an SDK where it is used. `empty`: nothing but one HTTP function.
 */
export type AppForm = 'bundled' | 'unbundled' | 'unbundled, lazy' | 'empty';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What an app imports at the top that does not care: the index of each SDK that this one uses. */
const EAGER = `import '@azure/data-tables';
import '@azure/identity';
import '@azure/storage-blob';
import 'azure-iothub';
import './src/shared/status/ledger.js';
import './src/shared/status/ledger-reads.js';
import './src/shared/status/trigger-batch.js';
import './src/functions/index.js';
`;
const EMPTY = `import { app } from '@azure/functions';
app.http('empty', { methods: ['GET'], authLevel: 'anonymous', handler: async () => ({ jsonBody: [] }) });
`;

/** The ES module of this package exports nothing; the build leads around that as well. */
const EXTENSIONS_BASE = `import { createRequire } from 'node:module';
export const { ResourceFactoryResolver } = createRequire(import.meta.url)('@azure/functions-extensions-base');
`;

/** Writes all forms into a directory of their own. The app has to be built. */
export async function coldStartApps(): Promise<ColdStartApps> {
  const directory = await mkdtemp(path.join(tmpdir(), 'cold-start-'));
  const at = (...names: string[]): string => path.join(directory, ...names);
  await symlink(path.join(root, 'node_modules'), at('node_modules'), 'dir');
  await writeFile(at('package.json'), JSON.stringify({ type: 'module' }));
  // A copy: somebody may build while the bench runs.
  await cp(path.join(root, 'dist'), at('dist'), { recursive: true });
  await writeFile(at('extensions-base.js'), EXTENSIONS_BASE);
  await transpile(at('src'), { '@azure/functions-extensions-base': at('extensions-base.js') });
  await writeFile(at('eager.js'), EAGER);
  await writeFile(at('empty.js'), EMPTY);
  await bundleLoader(at('loader'));
  return {
    entries: {
      bundled: at('dist', 'index.js'),
      unbundled: at('eager.js'),
      'unbundled, lazy': at('src', 'functions', 'index.js'),
      empty: at('empty.js'),
    },
    loader: at('loader', 'cold-start-process.js'),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Every file of src by itself, its imports left alone but for their extension. */
async function transpile(outdir: string, standIns: Readonly<Record<string, string>>): Promise<void> {
  const files = await readdir(path.join(root, 'src'), { recursive: true });
  const toJs: Plugin = {
    name: 'to-js',
    setup: (esbuild) =>
      esbuild.onResolve({ filter: /.*/ }, ({ kind, path: name }) =>
        kind === 'entry-point'
          ? undefined
          : { path: standIns[name] ?? name.replace(/^(\..*)\.ts$/, '$1.js'), external: true },
      ),
  };
  await build({
    absWorkingDir: root,
    entryPoints: files.filter((file) => file.endsWith('.ts')).map((file) => `src/${file}`),
    outbase: 'src',
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
    plugins: [toJs],
  });
}

async function bundleLoader(outdir: string): Promise<void> {
  await mkdir(outdir);
  // Core-api answers for @azure/functions-core with the file that lies beside it.
  await cp(
    path.join(root, 'local/function-host/functions-core.cjs'),
    path.join(outdir, 'functions-core.cjs'),
  );
  await build({
    absWorkingDir: root,
    entryPoints: ['bench/cold-start-process.ts'],
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
  });
}
