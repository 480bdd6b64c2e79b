import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type AppForm, type ColdStartApps, coldStartApps } from './cold-start-apps.ts';
import { atMost, type BenchOptions, type BenchResult, type Figure } from './figure.ts';
import { interleaved, median, medianRatio } from './measure.ts';
import { withServices } from './services.ts';

/** What one fresh process measured. Milliseconds from the first import. */
export interface ColdStart {
  readonly loadMs: number;
  /** CPU time of the load, user and system. */
  readonly cpuMs: number;
  /** How many functions registered. */
  readonly functions: number;
  readonly read?: { readonly status: number; readonly ms: number };
}

const FORMS: readonly AppForm[] = ['bundled', 'unbundled', 'unbundled, lazy', 'empty'];
/** The function that is asked first. */
const FIRST_READ: Readonly<Record<AppForm, string>> = {
  bundled: 'rollouts',
  unbundled: 'rollouts',
  'unbundled, lazy': 'rollouts',
  empty: 'empty',
};

/** Load time of the deployed bundle and its first HTTP read, against the same app in other forms. */
export async function benchColdStart({ quick }: BenchOptions): Promise<BenchResult> {
  const rounds = quick ? 7 : 25;
  const apps = await coldStartApps();
  try {
    const figures = await withServices(async ({ storage }) => {
      const tasks = Object.fromEntries(
        FORMS.map((form) => [form, () => coldStart(apps, form, appSettings(storage))]),
      ) as Record<AppForm, () => Promise<ColdStart>>;
      await interleaved(1, tasks);
      return figuresOf(await interleaved(rounds, tasks));
    });
    return { figures, notes: [`${rounds} processes of each form, interleaved; medians.`, ...NOTES] };
  } finally {
    await apps.remove();
  }
}

const run = promisify(execFile);

async function coldStart(
  apps: ColdStartApps,
  form: AppForm,
  settings: Record<string, string>,
): Promise<ColdStart> {
  const { stdout } = await run(process.execPath, [apps.loader, apps.entries[form], FIRST_READ[form]], {
    env: { PATH: process.env['PATH'], ...settings },
  });
  const result = JSON.parse(stdout) as ColdStart;
  if (result.functions === 0 || result.read?.status !== 200) throw new ColdStartError(form, stdout);
  return result;
}

/** The app did not load or did not answer: how fast it did not would be worth nothing. */
export class ColdStartError extends Error {
  readonly code = 'COLD_START_FAILED';
  constructor(form: AppForm, output: string) {
    super(`The ${form} app did not answer its first read: ${output}`);
    this.name = 'ColdStartError';
  }
}

function appSettings(storage: string): Record<string, string> {
  return {
    AzureWebJobsStorage: storage,
    FIRMWARE_STORAGE: storage,
    IOT_HUB: 'HostName=bench.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey=a2V5',
    TWIN_EVENTS:
      'Endpoint=sb://bench.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=a2V5',
    TWIN_EVENTS_HUB: 'twin-changes',
  };
}

function figuresOf(runs: Record<AppForm, ColdStart[]>): Figure[] {
  const load = (form: AppForm): number[] => runs[form].map(({ loadMs }) => loadMs);
  const cpu = (form: AppForm): number[] => runs[form].map(({ cpuMs }) => cpuMs);
  const read = (form: AppForm): number[] => runs[form].map((start) => start.read?.ms ?? Number.NaN);
  return [
    ...FORMS.map((form) => ({ figure: `${form}: load`, value: median(load(form)), unit: 'ms' })),
    ...FORMS.map((form) => ({
      figure: `${form}: load and first read`,
      value: median(read(form)),
      unit: 'ms',
    })),
    ...FORMS.map((form) => ({
      figure: `${form}: CPU of the load`,
      value: median(cpu(form)),
      unit: 'ms',
    })),
    {
      figure: 'bundled: load, to unbundled',
      value: medianRatio(load('bundled'), load('unbundled')),
      unit: 'x',
      goal: atMost(0.12),
    },
    {
      figure: 'bundled: CPU of the load, to unbundled',
      value: medianRatio(cpu('bundled'), cpu('unbundled')),
      unit: 'x',
    },
    {
      figure: 'bundled: load and first read, to unbundled',
      value: medianRatio(read('bundled'), read('unbundled')),
      unit: 'x',
      goal: atMost(0.2),
    },
    {
      figure: 'bundled: load, to unbundled, lazy',
      value: medianRatio(load('bundled'), load('unbundled, lazy')),
      unit: 'x',
    },
    { figure: 'bundled: load, to empty', value: medianRatio(load('bundled'), load('empty')), unit: 'x' },
  ];
}

const NOTES = [
  'bundled: dist/index.js as deployed. unbundled: the same source as separate files, packages loaded from node_modules, SDKs imported at the top by their index (data-tables, storage-blob, identity, azure-iothub), as most apps do. "unbundled, lazy" leaves the SDKs where this app imports them: what bundling alone brings. empty: one HTTP function and @azure/functions, which every form loads; what the bundle takes above it is the app itself and the packages that it needs at once (zod above all).',
  'Each process is plain Node without a TypeScript loader and answers @azure/functions-core as the worker does. Times begin with the first import, after the start of Node itself, and the page cache is warm.',
  'The first read is GET /rollouts from tables in Azurite (in another process), which are created if they are not there.',
];
