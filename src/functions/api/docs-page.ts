import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { CONTENT_SECURITY_POLICY } from '../../shared/http/content-security.ts';
import { content, operation } from '../../shared/http/operation.ts';
import { type Route, route } from '../../shared/http/route.ts';

/** Files of swagger-ui-dist that the page needs; the build puts them beside the app. */
const MEDIA_TYPES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'start.js': 'text/javascript; charset=utf-8',
} as const;
type DocsFile = keyof typeof MEDIA_TYPES;
const files = Object.keys(MEDIA_TYPES) as [DocsFile, ...DocsFile[]];

/** No validator badge: it would send the document's address to another host. */
const START_JS = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });\n`;

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Firmware over the air: API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<main id="docs"></main>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
`;

const getPage = operation({
  id: 'docs',
  method: 'GET',
  path: '/docs',
  right: 'public',
  tag: 'About the API',
  summary: 'Read this document as a page',
  description: 'Loads nothing from other hosts.',
  answer: content({ mediaTypes: ['text/html'], description: 'The page.' }),
});

const getFile = operation({
  id: 'docs-file',
  method: 'GET',
  path: '/docs/{file}',
  right: 'public',
  tag: 'About the API',
  summary: 'Get a file of the page',
  parameters: z.object({ file: z.enum(files, `is not one of ${files.join(', ')}`) }),
  answer: content({ mediaTypes: ['text/css', 'text/javascript'], description: 'The file.' }),
  problems: ['not-found'],
});

/** HTTP: the page that shows the API. `directory` holds the files of swagger-ui-dist. */
export function docsRoutes(directory: URL): Route[] {
  return [
    route(getPage, async () => ({
      content: PAGE,
      mediaType: 'text/html; charset=utf-8',
      headers: { 'content-security-policy': CONTENT_SECURITY_POLICY, 'referrer-policy': 'no-referrer' },
    })),
    route(getFile, async ({ path }) => ({
      content: path.file === 'start.js' ? START_JS : await readFile(new URL(path.file, directory)),
      mediaType: MEDIA_TYPES[path.file],
    })),
  ];
}
