import * as z from 'zod';
import { uploadCursor, type UploadStore } from '../../shared/firmware/upload-store.ts';
import { invalidContinuation, readKeyset, writeKeyset } from '../../shared/http/keyset-cursor.ts';
import { json, operation } from '../../shared/http/operation.ts';
import { continuation, limit, pageOf, pageResult } from '../../shared/http/paging.ts';
import { type Route, route } from '../../shared/http/route.ts';
import { timestamp } from './device-updates.ts';

export const refusal = z
  .object({
    id: z.string(),
    path: z.string().meta({ description: 'In the container that images are dropped into.' }),
    etag: z.string(),
    size: z.int().meta({ description: 'Bytes.' }),
    code: z.string().meta({ description: 'Stable; also on the blob, as the index tag `otaCode`.' }),
    message: z.string().meta({ description: 'What is wrong and what to do.' }),
    uploadedAt: timestamp,
    refusedAt: timestamp,
  })
  .meta({ id: 'Refusal', description: 'An upload that was not admitted.' });

const listRefusals = operation({
  id: 'refusals',
  method: 'GET',
  path: '/refusals',
  right: 'read',
  tag: 'Releases',
  summary: 'List refusals',
  description: 'Uploads that were not admitted, the newest upload first.',
  query: z.strictObject({ limit, continuation }),
  answer: json({
    schema: pageOf('RefusalPage', refusal),
    description: 'A page of refusals.',
    example: {
      value: [
        {
          id: '98227623600000-5f2b1c9e8d7a6f5b4c3d2e1f0a9b8c7d',
          path: 'full-1.0.2.bin',
          etag: '0x8DC4F1A2B3C4D5E',
          size: 1_048_576,
          code: 'image-too-large',
          message: 'The image has more bytes than the device has room for. Build a smaller one.',
          uploadedAt: '2026-03-01T09:00:00.000Z',
          refusedAt: '2026-03-01T09:00:03.000Z',
        },
      ],
    },
  }),
});

/** HTTP: uploads that were not admitted. */
export function refusalRoutes(uploads: Pick<UploadStore, 'refusals'>): Route[] {
  return [
    route(listRefusals, async ({ query, url }) => {
      const page = await uploads.refusals(query.limit, after(query.continuation));
      const next = page.continuation && writeKeyset('refusals', [page.continuation]);
      return pageResult(url, page.items, next);
    }),
  ];
}

function after(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [key = ''] = readKeyset(text, 'refusals', 1);
  if (!uploadCursor.test(key)) throw invalidContinuation();
  return key;
}
