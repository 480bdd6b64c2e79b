import { app } from '@azure/functions';
import { z } from 'zod';
import { refusalCursor, type UploadStore } from '../shared/firmware/upload-store.ts';
import { endpoint, queryOf } from '../shared/http/endpoint.ts';
import { limit, servedPage } from '../shared/http/paging.ts';

const query = z.strictObject({
  limit,
  continuation: z.string().regex(refusalCursor, 'is not a continuation that this list gave').optional(),
});

/** HTTP: uploads that were not admitted, the newest first. */
export function registerRefusals(uploads: () => UploadStore): void {
  app.http('refusals', {
    methods: ['GET', 'HEAD'],
    authLevel: 'function',
    route: 'refusals',
    handler: endpoint(async (request) => {
      const { limit: size, continuation } = queryOf(request, query);
      const page = await uploads().refusals(size, continuation);
      return { body: servedPage(request.url, page.items, page.continuation) };
    }),
  });
}
