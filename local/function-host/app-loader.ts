import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { mainGlob } from './main-glob.ts';

export type AppLoadFault = 'PACKAGE_JSON_UNREADABLE' | 'MAIN_MISSING' | 'MAIN_MATCHES_NOTHING' | 'APP_THREW';

/** The app cannot be loaded; `cause` is the app's own error where it threw. */
export class AppLoadError extends Error {
  readonly code: AppLoadFault;
  constructor(code: AppLoadFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'AppLoadError';
    this.code = code;
  }
}

/**
 * Loads every file that package.json `main` matches, ESM or CommonJS, as the Node.js worker does. The
 * app registers its functions while it loads. Azure starts an app whose `main` matches nothing and
 * runs no function of it; here that is an AppLoadError.
 */
export async function loadApp(appDir: string): Promise<void> {
  const { main, esm } = await readPackageJson(appDir);
  const files = await matchingFiles(appDir, main);
  if (files.length === 0) {
    throw new AppLoadError(
      'MAIN_MATCHES_NOTHING',
      `package.json "main" is "${main}", which matches no file in ${appDir}. Has the app been built?`,
    );
  }
  for (const file of files) await loadFile(path.join(appDir, file), esm);
}

async function readPackageJson(appDir: string): Promise<{ main: string; esm: boolean }> {
  const file = path.join(appDir, 'package.json');
  let json: { main?: unknown; type?: unknown };
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new AppLoadError('PACKAGE_JSON_UNREADABLE', `${file} cannot be read as JSON.`, cause);
  }
  if (typeof json.main !== 'string' || json.main === '') {
    throw new AppLoadError(
      'MAIN_MISSING',
      `${file} has no "main": it names the files that register functions.`,
    );
  }
  return { main: json.main, esm: json.type === 'module' };
}

async function matchingFiles(appDir: string, main: string): Promise<string[]> {
  const pattern = mainGlob(main);
  const found: string[] = [];
  await walk('');
  return found.toSorted();

  async function walk(relative: string): Promise<void> {
    const entries = await readdir(path.join(appDir, relative), { withFileTypes: true });
    for (const entry of entries) {
      const name = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
        await walk(name);
      if (entry.isFile() && pattern.test(name)) found.push(name);
    }
  }
}

async function loadFile(file: string, esm: boolean): Promise<void> {
  try {
    if (file.endsWith('.mjs') || (esm && !file.endsWith('.cjs'))) await import(pathToFileURL(file).href);
    else createRequire(file)(file);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new AppLoadError('APP_THREW', `The app failed while loading ${file}: ${detail}`, cause);
  }
}
