import { basename } from 'node:path';
import { apiDropBox } from '../api-drop-box.ts';
import { blobDropBox } from '../blob-drop-box.ts';
import type { Call, OptionValues, Run } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandError, usageError } from '../failure.ts';
import { firmwareFile } from '../firmware-file.ts';
import { pauseFor } from '../pause-for.ts';
import { print } from '../print.ts';
import { storageAccount } from '../storage-account.ts';
import { timeLimitMs } from '../time-limit.ts';
import type { DecidedOutcome, DropBox, UploadRequest } from '../upload-outcome.ts';
import { outcomeLines } from '../upload-view.ts';
import { watchRollout } from '../watch-rollout.ts';

const POLL_MS = 500;
/** Polling for uploads may take the app minutes where Event Grid does not tell it. */
const DEFAULT_LIMIT_MS = 10 * 60_000;

/** `ota publish FILE` */
export const run: Run = async (call) => {
  const { args, options, world } = call;
  const limitMs = timeLimitMs(options) ?? DEFAULT_LIMIT_MS;
  const request = requestOf(args[0] ?? '', options);
  const bytes = await firmwareFile(args[0] ?? '', world.directory);
  const dropBox = await openDropBox(call);
  await dropBox.put(request, bytes);
  world.err.write(`Uploaded ${request.name} (${bytes.length} bytes); waiting for what the app says.\n`);
  const outcome = await decided(dropBox, request, call, limitMs);
  const isWatched = outcome.outcome === 'admitted' && options.flag('watch');
  if (!isWatched) print(call, { ...outcome, name: request.name }, () => outcomeLines(request.name, outcome));
  if (outcome.outcome === 'refused') return exitCodes.no;
  return isWatched ? watchRollout(call, await call.client(), outcome.rollout, undefined) : exitCodes.ok;
};

function requestOf(file: string, options: OptionValues): UploadRequest {
  const name = options.text('name') ?? basename(file);
  if (!/\.bin$/i.test(name)) {
    throw usageError(`"${name}" does not end with .bin: nothing else is taken for firmware.`);
  }
  return {
    name,
    version: options.text('version'),
    deviceType: options.text('device-type'),
    plan: options.text('plan'),
    targetCondition: options.text('target'),
    priority: options.text('priority'),
    labels: Object.fromEntries(options.list('label').map(labelOf)),
    dryRun: options.flag('dry-run'),
  };
}

function labelOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw usageError(`--label "${text}" is not like team=field.`);
  return [text.slice(0, at).toLowerCase(), text.slice(at + 1)];
}

/** Straight into Blob Storage where an account is named, else through the API. */
async function openDropBox({ options, world, client }: Call): Promise<DropBox> {
  const account = storageAccount(options, world);
  if (account === undefined) return apiDropBox(await client());
  return blobDropBox(account, options.text('container') ?? 'firmware');
}

/** Waits until the app has decided. Throws where it has not in time. */
async function decided(
  dropBox: DropBox,
  request: UploadRequest,
  { world }: Call,
  limitMs: number,
): Promise<DecidedOutcome> {
  const end = world.now().getTime() + limitMs;
  for (;;) {
    const outcome = await dropBox.outcome(request);
    if (outcome.outcome !== 'pending') return outcome;
    if (world.now().getTime() >= end) throw undecided(request, limitMs);
    await pauseFor(POLL_MS, world.interrupted);
  }
}

function undecided({ name }: UploadRequest, limitMs: number): CommandError {
  return new CommandError(
    exitCodes.timeout,
    `The app has not decided on ${name} within ${limitMs / 1000} s.`,
    [
      'It looks for uploads by itself, at the latest at its next sweep: ota status and ota refusals tell.',
      'Does the app run, and on this storage account? ota doctor tells.',
    ],
  );
}
