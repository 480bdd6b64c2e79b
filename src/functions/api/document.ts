import { content, operation } from '../../shared/http/operation.ts';
import { type Route, route } from '../../shared/http/route.ts';

const getDocument = operation({
  id: 'openapi',
  method: 'GET',
  path: '/openapi.json',
  right: 'public',
  tag: 'About the API',
  summary: 'Get this document',
  answer: content({ mediaTypes: ['application/json'], description: 'The OpenAPI document.' }),
});

export const apiInfo = {
  title: 'Firmware over the air',
  version: '1.0.0',
  description:
    'Which firmware is released, which rollout delivers it, and where every device is on its way. Times are RFC 3339 in UTC. Lists are paged: follow `nextLink`. Ask again with `If-None-Match`: what has not changed costs a 304. Every GET may be a HEAD. Unknown query parameters are errors.',
  tags: {
    Rollouts: 'Deliveries of releases to devices.',
    Devices: "Devices' ways through rollouts.",
    Releases: 'Admitted images, and uploads that were refused.',
    'Dead letters': 'Events that could not be understood.',
    Webhooks: 'Where events are sent, and those that did not arrive.',
    Health: 'Whether the app and what it depends on answer.',
    'About the API': 'This document and its page.',
  },
} as const;

/** HTTP: the OpenAPI document of `routes` and of its own one. */
export function documentRoutes(routes: readonly Route[]): Route[] {
  const serve: Route = route(getDocument, async () => {
    const { openApiDocument } = await import('../../shared/http/openapi.ts');
    const operations = [...routes, serve].map((one) => one.operation);
    return {
      content: `${JSON.stringify(openApiDocument(operations, apiInfo), undefined, 2)}\n`,
      mediaType: 'application/json; charset=utf-8',
    };
  });
  return [serve];
}
