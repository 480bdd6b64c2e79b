import * as z from 'zod';
import { MAX_IMAGE_BYTES } from '../../shared/firmware/device-profile.ts';
import type { DropBox } from '../../shared/firmware/drop-box.ts';
import type { Upload } from '../../shared/firmware/upload.ts';
import { uploadCursor, type UploadOutcome, type UploadStore } from '../../shared/firmware/upload-store.ts';
import { invalidContinuation, readKeyset, writeKeyset } from '../../shared/http/keyset-cursor.ts';
import { json, operation } from '../../shared/http/operation.ts';
import { continuation, limit, pageOf, pageResult } from '../../shared/http/paging.ts';
import { ProblemError } from '../../shared/http/problem.ts';
import { type Route, route } from '../../shared/http/route.ts';
import { timestamp } from './device-updates.ts';
import { forecast, servedForecast } from './dry-run.ts';
import { uploadMetadata, uploadQuery } from './upload-metadata.ts';

export interface UploadParts {
  readonly dropBox: Pick<DropBox, 'describe' | 'put'>;
  readonly uploads: Pick<UploadStore, 'outcome' | 'page'>;
}

/** One segment of a URL, so no folders; what storage and every tool takes without escaping. */
const uploadName = z
  .string()
  .max(200, 'must be at most 200 characters')
  .regex(/^\w[\w .+()-]*\.bin$/i, 'must be the name of a .bin file: letters, digits, spaces and .+()-_')
  .meta({ description: 'Name of the file, which ends with `.bin`.', examples: ['FirmwareOTA-1.0.1.bin'] });

export const uploadOutcomes = ['pending', 'admitted', 'already-released', 'refused', 'dry-run'] as const;

export const upload = z
  .object({
    path: z.string().meta({ description: 'In the container that images are dropped into.' }),
    etag: z.string().meta({ description: 'Of the blob: names this upload among all under the path.' }),
    size: z.int().meta({ description: 'Bytes.' }),
    uploadedAt: timestamp,
    outcome: z.enum(uploadOutcomes).meta({
      description:
        '`pending`: not looked at yet. `already-released`: the same bytes were released before, and nothing changed. `dry-run`: checked as asked for, and nothing released.',
    }),
    rollout: z.string().optional().meta({ description: 'Id of its rollout, once it is admitted.' }),
    refusal: z
      .object({ code: z.string(), message: z.string() })
      .optional()
      .meta({ description: 'What is wrong and what to do.' }),
    wouldRelease: z
      .boolean()
      .optional()
      .meta({ description: 'Of a dry run: false where the same bytes are released already.' }),
    forecast: forecast.optional().meta({ description: 'Of a dry run: what it found. Lists leave it out.' }),
  })
  .meta({ id: 'Upload', description: 'An image in the drop box and what became of it.' });

const example = {
  path: 'FirmwareOTA-1.0.1.bin',
  etag: '0x8DC4F1A2B3C4D5E',
  size: 600_000,
  uploadedAt: '2026-03-01T09:00:00.000Z',
} as const;

const putUpload = operation({
  id: 'upload-put',
  method: 'PUT',
  path: '/uploads/{name}',
  right: 'write',
  tag: 'Releases',
  summary: 'Drop an image',
  description:
    'Writes the image into the drop box as any storage client would; over another one of that name it is an upload of its own. It is admitted or refused a moment later: ask for the resource that `Location` names.',
  parameters: z.object({ name: uploadName }),
  query: uploadQuery,
  bytes: {
    mediaType: 'application/octet-stream',
    maxBytes: MAX_IMAGE_BYTES,
    description: 'The image. The limit of its kind of device is lower, and is checked at admission.',
  },
  onlyNew:
    '`*`: only where nothing lies under that name; else the request fails and nothing is written over.',
  answer: json({
    status: 202,
    schema: upload,
    description: 'The image lies in the drop box.',
    example: { ...example, outcome: 'pending' },
  }),
  problems: ['not-found'],
});

const getUpload = operation({
  id: 'upload',
  method: 'GET',
  path: '/uploads/{name}',
  right: 'read',
  tag: 'Releases',
  summary: 'Get what became of an image',
  description: 'Of the image that lies under this name now, however it came there.',
  parameters: z.object({ name: uploadName }),
  answer: json({
    schema: upload,
    description: 'The image and its outcome.',
    example: { ...example, outcome: 'admitted', rollout: 'fw-iotdevkit-1-0-1' },
  }),
  problems: ['not-found'],
});

const listUploads = operation({
  id: 'uploads',
  method: 'GET',
  path: '/uploads',
  right: 'read',
  tag: 'Releases',
  summary: 'List uploads',
  description:
    'Those that were looked at, however they came into the drop box, the newest first. Each time that bytes were written under a name is an upload of its own.',
  query: z.strictObject({ limit, continuation }),
  answer: json({
    schema: pageOf('UploadPage', upload),
    description: 'A page of uploads.',
    example: { value: [{ ...example, outcome: 'admitted', rollout: 'fw-iotdevkit-1-0-1' }] },
  }),
});

/** HTTP: images in the drop box. */
export function uploadRoutes({ dropBox, uploads }: UploadParts): Route[] {
  return [
    route(listUploads, async ({ query, url }) => {
      const page = await uploads.page(query.limit, after(query.continuation));
      const next = page.continuation && writeKeyset('uploads', [page.continuation]);
      const items = page.items.map(({ outcome, ...one }) => served(one, outcome));
      return pageResult(url, items, next);
    }),
    route(putUpload, async ({ path: { name }, query, readBytes, onlyNew, log, caller }) => {
      const metadata = uploadMetadata(query);
      const result = await dropBox.put(name, await readBytes(), metadata, onlyNew ? 'nothing' : 'anything');
      if (result === 'taken') {
        throw new ProblemError(
          'precondition-failed',
          `There is an image "${name}" already. Use another name, or leave out If-None-Match to write over it.`,
        );
      }
      log('info', 'upload-dropped', { path: name, caller: caller.name });
      const body = served(await existing(name), undefined);
      return { body, headers: { location: `/api/uploads/${encodeURIComponent(name)}` } };
    }),
    route(getUpload, async ({ path: { name } }) => {
      const found = await existing(name);
      return { body: served(found, await uploads.outcome(found.path, found.etag)) };
    }),
  ];

  async function existing(name: string): Promise<Upload> {
    const found = await dropBox.describe(name);
    if (found) return found;
    throw new ProblemError('not-found', `There is no image "${name}" in the drop box.`);
  }
}

function after(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [key = ''] = readKeyset(text, 'uploads', 1);
  if (!uploadCursor.test(key)) throw invalidContinuation();
  return key;
}

function served(
  { path, etag, size, uploadedAt }: Omit<Upload, 'metadata'>,
  outcome: UploadOutcome | undefined,
): z.input<typeof upload> {
  return { path, etag, size, uploadedAt, ...servedOutcome(outcome) };
}

function servedOutcome(
  outcome: UploadOutcome | undefined,
): Pick<z.input<typeof upload>, 'outcome' | 'rollout' | 'refusal' | 'wouldRelease' | 'forecast'> {
  switch (outcome?.kind) {
    case undefined:
      return { outcome: 'pending' };
    case 'admitted':
      return { outcome: outcome.releasedNow ? 'admitted' : 'already-released', rollout: outcome.rolloutId };
    case 'refused':
      return { outcome: 'refused', refusal: outcome.refusal };
    case 'dry-run':
      return {
        outcome: 'dry-run',
        wouldRelease: outcome.wouldRelease,
        ...(outcome.forecast && { forecast: servedForecast(outcome.forecast) }),
      };
  }
}
