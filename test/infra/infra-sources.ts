import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BicepFile, parseBicep } from './bicep-syntax.ts';
import type { InfraFiles, Value } from './deployment.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Path from the root -> text: all that the checks read. A planted mistake is a changed copy of it. */
export type Sources = ReadonlyMap<string, string>;

/** What is wrong, by the check that says so. */
export interface Finding {
  readonly check: string;
  readonly message: string;
}

export function readSources(): Sources {
  const code = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
  const infra = readdirSync(join(ROOT, 'infra'), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `infra/${entry.name}`);
  const hooks = readdirSync(join(ROOT, 'infra/hooks')).map((name) => `infra/hooks/${name}`);
  const queries = readdirSync(join(ROOT, 'infra'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.kql'))
    .map((name) => `infra/${name}`);
  const paths = [...new Set([...code, ...infra, ...hooks, ...queries, 'azure.yaml', 'host.json'])];
  return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
}

/** The Bicep files, without their folder. */
export function bicepNames(sources: Sources): string[] {
  return [...sources.keys()]
    .filter((path) => /^infra\/[^/]+\.bicep$/.test(path))
    .map((path) => path.slice('infra/'.length));
}

export function infraFiles(sources: Sources): InfraFiles {
  const parsed = new Map<string, BicepFile>();
  const text = (name: string) => {
    const found = sources.get(`infra/${name}`);
    if (found === undefined) throw new Error(`There is no file infra/${name}`);
    return found;
  };
  return {
    text,
    json: (name) => JSON.parse(text(name)) as Value,
    bicep: (name) => {
      const file = parsed.get(name) ?? parseBicep(text(name));
      parsed.set(name, file);
      return file;
    },
  };
}
