import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { buildFirmwareImage } from '../local/devkit/firmware-image.ts';
import { admitUpload } from '../src/shared/firmware/admission.ts';
import { examineUpload } from '../src/shared/firmware/examination.ts';
import { type AdmissionParts, admissionParts } from './admission-parts.ts';
import { checksumRates } from './checksum-rates.ts';
import { atMost, type BenchOptions, type BenchResult, type Figure } from './figure.ts';
import { interleaved, type Measured, measured, median, medianRatio } from './measure.ts';
import { withServices } from './services.ts';

/** The largest image that a DevKit takes. */
const SIZE = 999_424;
const WARM_UP = 5;

/** Admission of an image against its download alone, and the rates of the checksums. */
export async function benchUpload({ quick }: BenchOptions): Promise<BenchResult> {
  // Each admission makes a configuration, and a hub has room for 100.
  const rounds = quick ? 15 : 60;
  const onServices = await withServices(async (services) => {
    const parts = await admissionParts(services);
    try {
      return await admissionFigures(parts, rounds);
    } finally {
      parts.close();
    }
  });
  const rates = await checksumRates(buildFirmwareImage({ version: '1.0.0', size: SIZE }), rounds);
  return { figures: [...onServices, ...rates], notes: NOTES };
}

async function admissionFigures(parts: AdmissionParts, rounds: number): Promise<Figure[]> {
  const images = await dropImages(parts, WARM_UP + rounds + 1);
  const imageOf = (round: number) => images[round] ?? { path: '', bytes: Buffer.alloc(0) };
  const tasks = (from: number) => ({
    download: (round: number) => measured(() => download(parts, imageOf(from + round).path)),
    'one small request': (round: number) => measured(() => describe(parts, imageOf(from + round).path)),
    'upload alone': (round: number) => measured(() => uploadCopy(parts, round, imageOf(from + round).bytes)),
    'download and every check': (round: number) => measured(() => examine(parts, imageOf(from + round).path)),
    admission: (round: number) => measured(() => admit(parts, imageOf(from + round).path, false)),
    'admission again': (round: number) => measured(() => admit(parts, imageOf(from + round).path, true)),
  });
  await interleaved(WARM_UP, tasks(0));
  const runs = await interleaved(rounds, tasks(WARM_UP));
  const last = images.at(-1)?.path ?? '';
  const requests = await requestsOf(() => admit(parts, last, false));
  const names = Object.keys(runs) as (keyof typeof runs)[];
  const wall = (name: keyof typeof runs): number[] => runs[name].map(({ wallMs }) => wallMs);
  const ratio = (name: keyof typeof runs): number => medianRatio(wall(name), wall('download'));
  return [
    ...names.map((name) => ({ figure: name, value: median(wall(name)), unit: 'ms' })),
    { figure: 'admission: requests', value: requests, unit: 'requests' },
    { figure: 'admission: CPU', value: medianCpu(runs.admission), unit: 'ms' },
    { figure: 'download: CPU', value: medianCpu(runs.download), unit: 'ms' },
    { figure: 'download and every check, to download', value: ratio('download and every check'), unit: 'x' },
    { figure: 'admission, to download', value: ratio('admission'), unit: 'x', goal: atMost(2.5) },
    { figure: 'admission again, to download', value: ratio('admission again'), unit: 'x' },
    {
      figure: 'admission, to download and upload of the same bytes',
      value: medianRatio(
        wall('admission'),
        runs.download.map(({ wallMs }, round) => wallMs + (wall('upload alone')[round] ?? Number.NaN)),
      ),
      unit: 'x',
    },
  ];

  function medianCpu(measurements: readonly Measured<unknown>[]): number {
    return median(measurements.map(({ cpuMs }) => cpuMs));
  }
}

async function dropImages({ firmware }: AdmissionParts, count: number) {
  const images = Array.from({ length: count }, (_, index) => {
    const version = `1.0.${index + 1}`;
    return {
      path: `FirmwareOTA-${version}.bin`,
      bytes: buildFirmwareImage({ version, size: SIZE, seed: index }),
    };
  });
  for (const { path, bytes } of images) await firmware.getBlockBlobClient(path).uploadData(bytes);
  return images;
}

async function download({ firmware }: AdmissionParts, path: string): Promise<void> {
  const answer = await firmware.getBlobClient(path).download();
  let size = 0;
  for await (const chunk of answer.readableStreamBody ?? []) size += chunk.length;
  if (size !== SIZE) throw new BenchAdmissionError(path, `${size} bytes were downloaded`);
}

/** How many HTTP requests this process sends meanwhile. */
async function requestsOf(task: () => Promise<void>): Promise<number> {
  let requests = 0;
  const count = (): void => void (requests += 1);
  subscribe('http.client.request.start', count);
  await task();
  unsubscribe('http.client.request.start', count);
  return requests;
}

async function describe({ firmware }: AdmissionParts, path: string): Promise<void> {
  await firmware.getBlobClient(path).getProperties();
}

async function uploadCopy({ firmware }: AdmissionParts, round: number, bytes: Buffer): Promise<void> {
  await firmware.getBlockBlobClient(`copy-${round}`).uploadData(bytes);
}

async function examine({ admission }: AdmissionParts, path: string): Promise<void> {
  const upload = await admission.dropBox.describe(path);
  const examined = upload && (await examineUpload(admission, upload));
  if (!examined?.ok) throw new BenchAdmissionError(path, 'it did not pass the checks');
}

async function admit({ admission }: AdmissionParts, path: string, repeated: boolean): Promise<void> {
  const result = await admitUpload(admission, path);
  const isAdmitted =
    result.kind === 'done' && result.outcome.kind === 'admitted' && result.repeated === repeated;
  if (!isAdmitted) throw new BenchAdmissionError(path, JSON.stringify(result));
}

/** An admission did not end as it must: its time would be worth nothing. */
export class BenchAdmissionError extends Error {
  readonly code = 'BENCH_ADMISSION';
  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`);
    this.name = 'BenchAdmissionError';
  }
}

const NOTES = [
  `An image of ${SIZE.toLocaleString('en-US')} bytes; Azurite and the hub's REST API (TLS) run in another process on loopback. Rounds are interleaved; medians, and medians of ratios within a round.`,
  'An admission is one download and one upload of the image and many small requests, one after the other, since each step has to be done before the next may begin: that is what makes it safe against a crash between any two. On loopback the download takes a few milliseconds, so those requests decide the ratio; they do not grow with the image, and the goal is out of reach for an admission that records each step. What depends on the bytes is "download and every check" (which has two or three small requests of its own) and the upload.',
];
