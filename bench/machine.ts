import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Where the figures come from; no names and no paths. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  /** Processes that ran or wanted to, on the average of the last minute: more than cores is a busy machine. */
  readonly load: number;
  readonly node: string;
  readonly platform: string;
  /** Package -> exact version. */
  readonly packages: Readonly<Record<string, string>>;
}

const PACKAGES = [
  '@azure/data-tables',
  '@azure/storage-blob',
  '@azure/functions',
  'azure-iothub',
  'azurite',
  'crc',
  'esbuild',
];

export function thisMachine(): Machine {
  const processors = cpus();
  const manifest = readFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8');
  const { dependencies, devDependencies } = JSON.parse(manifest) as Record<string, Record<string, string>>;
  const versions = { ...dependencies, ...devDependencies };
  return {
    cores: processors.length,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? Number.NaN,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versions[name] ?? 'not there'])),
  };
}
