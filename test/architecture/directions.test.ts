import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** TypeScript files below a folder, as paths from the root. */
function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

/** What a file imports: paths from the root for files of the project, names for packages. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    ([, specifier = '']) => specifier,
  );
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? relative(root, resolve(root, dirname(file), specifier)) : specifier,
  );
}

function valueImportsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/import type [^;]+;/g, '');
  return [...text.matchAll(/^import [^;]*?from '([^']+)'/gm)].map(([, specifier = '']) => specifier);
}

const src = filesBelow('src');
const inFolder = (...folders: string[]) =>
  src.filter((file) => folders.some((folder) => file.startsWith(`src/${folder}`)));

describe('the directions of imports', () => {
  test('are looked at in real files', () => {
    expect(src.length).toBeGreaterThan(30);
    expect(importsOf('src/functions/index.ts')).toContain('src/shared/settings.ts');
  });

  test.each(src)('%s imports nothing that is not deployed', (file) => {
    expect(importsOf(file).filter((path) => /^(?:local|test|web|cli|bench|scripts)\//.test(path))).toEqual(
      [],
    );
  });

  test.each(inFolder('shared'))('%s imports no function', (file) => {
    expect(importsOf(file).filter((path) => path.startsWith('src/functions/'))).toEqual([]);
  });

  test.each(inFolder('shared/azure', 'shared/http'))(
    '%s knows nothing of firmware, rollouts and status',
    (file) => {
      const above = /^src\/shared\/(?:firmware|rollout|status)\//;
      expect(importsOf(file).filter((path) => above.test(path))).toEqual([]);
    },
  );

  test.each(src.filter((file) => file !== 'src/shared/azure/clients.ts'))(
    '%s constructs no SDK client',
    (file) => {
      expect(readFileSync(join(root, file), 'utf8')).not.toMatch(
        /new (?:TableClient|BlobServiceClient|ContainerClient|QueueClient|QueueServiceClient|Registry|RestApiClient|EventHub\w+)\(|\.fromConnectionString\(/,
      );
    },
  );

  test.each(src)('%s loads no SDK before it is used', (file) => {
    const heavy = /^(?:@azure\/(?:storage|data-tables|event-hubs|identity)|azure-iothub)/;
    expect(valueImportsOf(file).filter((name) => heavy.test(name))).toEqual([]);
  });

  test.each(src.filter((file) => file !== 'src/functions/index.ts'))(
    '%s does not read the environment',
    (file) => {
      expect(readFileSync(join(root, file), 'utf8')).not.toContain('process.env');
    },
  );
});
