// Bundles the dashboard: hashed names, a page that names them, and a manifest of what may be served.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const MEDIA_TYPES = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' };

/** Writes page, files and `manifest.json` into the directory (absolute). */
export async function buildDashboard(directory) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['web/main.tsx'],
    outdir: directory,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    // What is needed on one page only, as the chart, is loaded there.
    splitting: true,
    format: 'esm',
    target: ['es2022', 'chrome109', 'firefox115', 'safari16'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    // Notices of the licences, where they can be read: as comments at the end of each file.
    legalComments: 'eof',
    charset: 'utf8',
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  mkdirSync(directory, { recursive: true });
  const files = {};
  for (const { path, contents } of outputFiles) {
    files[basename(path)] = MEDIA_TYPES[path.slice(path.lastIndexOf('.'))];
    writeFileSync(path, contents);
  }
  const html = pageWith(entryOf(metafile), readFileSync(`${root}web/index.html`, 'utf8'));
  const page = `index-${createHash('sha256').update(html).digest('hex').slice(0, 8)}.html`;
  writeFileSync(join(directory, page), html);
  writeFileSync(join(directory, 'manifest.json'), `${JSON.stringify({ page, files }, undefined, 2)}\n`);
}

function entryOf({ outputs }) {
  const [script, { cssBundle }] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint);
  return { script: basename(script), style: basename(cssBundle) };
}

function pageWith({ script, style }, template) {
  return template.replace('%script%', `/assets/${script}`).replace('%style%', `/assets/${style}`);
}
