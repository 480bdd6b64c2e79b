import { type ApiParts, apiRoutes } from '../../../src/functions/api/api-routes.ts';
import { apiInfo } from '../../../src/functions/api/document.ts';
import { openApiDocument } from '../../../src/shared/http/openapi.ts';

/** Parts that are good for a description only: whoever uses one of them fails. */
const describedOnly = new Proxy({} as ApiParts, { get: () => undefined });

/** Every operation of the API, without anything behind it. */
export const operations = apiRoutes(describedOnly).map(({ operation }) => operation);

export const document = openApiDocument(operations, apiInfo);
