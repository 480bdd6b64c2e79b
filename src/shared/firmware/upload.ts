import { createHash } from 'node:crypto';
import * as z from 'zod';
import { conditionFault } from '../rollout/condition-text.ts';
import { isReservedLabel, LABEL, MAX_CONDITION, MAX_PRIORITY } from '../rollout/configuration-limits.ts';
import { isDeviceType } from './device-type.ts';
import { type Refusal, type RefusalCode, refusal } from './refusal.ts';
import { isVersion, versionInPath } from './version.ts';

/** A blob in the drop box, before its bytes are read. */
export interface Upload {
  /** Path inside the container, e.g. `1.0.1/FirmwareOTA.ino.bin`. */
  readonly path: string;
  /** Without quotes. With the path it identifies the upload. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** RFC 3339, UTC. */
  readonly uploadedAt: string;
  /** Blob metadata; keys in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What an upload asks for: read from its path and metadata. */
export interface UploadRequest {
  readonly version: string;
  readonly deviceType: string;
  /** Name of the plan; absent: the default one. */
  readonly plan: string | undefined;
  /** Where they are absent the plan's own count. */
  readonly targetCondition: string | undefined;
  readonly priority: number | undefined;
  /** Beside those of the plan. */
  readonly labels: Readonly<Record<string, string>>;
  /** Check and report, but release nothing. */
  readonly dryRun: boolean;
}

/** Only `*.bin` is firmware. */
export function isFirmware(path: string): boolean {
  return /\.bin$/i.test(path);
}

/** A stable id of fixed length for (path, etag), fit for a table key. */
export function uploadId(path: string, etag: string): string {
  return createHash('sha256').update(`${path}\n${etag}`).digest('hex').slice(0, 32);
}

/** Reads what an upload asks for, or says what is wrong with it. */
export function readUploadRequest(
  upload: Pick<Upload, 'path' | 'metadata'>,
  defaults: { readonly deviceType: string },
):
  | { readonly ok: true; readonly request: UploadRequest }
  | { readonly ok: false; readonly refusal: Refusal } {
  const given = upload.metadata;
  const version = given['fwversion']?.trim() ?? versionInPath(upload.path);
  if (version === undefined) return refuse('version-missing', versionAdvice('No version was given'));
  if (!isVersion(version))
    return refuse('version-invalid', versionAdvice(`"${clip(version)}" is no version`));
  const deviceType = given['devicetype']?.trim() ?? defaults.deviceType;
  if (!isDeviceType(deviceType)) {
    return refuse(
      'device-type-invalid',
      `The metadata devicetype "${clip(deviceType)}" is no device type: use up to 64 letters, digits, - and _, as devices report it.`,
    );
  }
  const targetCondition = given['targetcondition']?.trim();
  if (targetCondition !== undefined && !isCondition(targetCondition)) {
    return refuse(
      'target-condition-invalid',
      `The metadata targetcondition must hold 1 to ${MAX_CONDITION} characters with every bracket and string closed, e.g. tags.environment='test', or * for all devices.`,
    );
  }
  const priority = readPriority(given['priority']);
  if (priority === 'wrong') {
    return refuse(
      'priority-invalid',
      `The metadata priority "${clip(given['priority'] ?? '')}" is not a whole number from 0 to ${MAX_PRIORITY}.`,
    );
  }
  const plan = given['plan']?.trim();
  if (plan !== undefined && !isPlanName(plan)) {
    return refuse(
      'plan-invalid',
      `The metadata plan "${clip(plan)}" is no name of a plan: use up to 64 lower-case letters, digits and -.`,
    );
  }
  const labels = readLabels(given);
  if (!labels.ok) return refuse('label-invalid', labels.message);
  const dryRun = given['dryrun']?.trim().toLowerCase() === 'true';
  const rest = { labels: labels.labels, dryRun };
  return { ok: true, request: { version, deviceType, plan, targetCondition, priority, ...rest } };
}

const priorityText = z
  .string()
  .trim()
  .regex(/^\d{1,10}$/)
  .transform(Number)
  .refine((value) => value <= MAX_PRIORITY);

function readPriority(text: string | undefined): number | undefined | 'wrong' {
  return text === undefined ? undefined : (priorityText.safeParse(text).data ?? 'wrong');
}

/** Plans are blobs `plans/<name>.json` in the drop box. */
export function isPlanName(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,63}$/.test(text);
}

function isCondition(text: string): boolean {
  const fits = text !== '' && text.length <= MAX_CONDITION && !/\p{Cc}/u.test(text);
  return fits && conditionFault(text) === undefined;
}

function readLabels(
  metadata: Readonly<Record<string, string>>,
): { ok: true; labels: Record<string, string> } | { ok: false; message: string } {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata)) {
    if (!key.startsWith('label_')) continue;
    const name = key.slice('label_'.length);
    if (isReservedLabel(name)) {
      return { ok: false, message: `The label "${name}" is set by the service; choose another name.` };
    }
    if (!LABEL.test(name) || !LABEL.test(value)) {
      return {
        ok: false,
        message: `The label "${clip(name)}" must have a name and a value of 1 to 128 letters, digits, spaces and -:.+%_#*?!(),=@;'.`,
      };
    }
    labels[name] = value;
  }
  return { ok: true, labels };
}

function versionAdvice(problem: string): string {
  return (
    `${problem}: name the file FirmwareOTA-1.0.1.bin, or set the blob's metadata fwversion. ` +
    'A version is one to four numbers of at most nine digits with dots between them.'
  );
}

function refuse(code: RefusalCode, message: string): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: refusal(code, message) };
}

function clip(text: string): string {
  const printable = text.replace(/\p{Cc}/gu, '?');
  return printable.length > 64 ? `${printable.slice(0, 64)}…` : printable;
}
