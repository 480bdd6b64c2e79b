import * as z from 'zod';
import { CORRELATION_HEADER } from './correlation.ts';
import type { AnyOperation, BytesBody, JsonAnswer } from './operation.ts';
import { type ProblemCode, problemDocument, ProblemError, problems } from './problem.ts';

export interface ApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** By name, in their order. */
  readonly tags: Readonly<Record<string, string>>;
}

type Json = Record<string, unknown>;

/**
 * The OpenAPI 3.1 document of the operations. Named schemas (those with an id) become components, so
 * that clients can generate types from them.
 */
export function openApiDocument(operations: readonly AnyOperation[], info: ApiInfo): Json {
  const { title, version, description, tags } = info;
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: described(operation),
    };
  }
  return {
    openapi: '3.1.0',
    info: { title, version, description, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/api', description: 'This app' }],
    tags: Object.entries(tags).map(([name, words]) => ({ name, description: words })),
    paths,
    components: {
      securitySchemes,
      parameters: commonParameters,
      headers: commonHeaders,
      responses: Object.fromEntries(codesOf(operations).map((code) => [code, problemAnswer(code)])),
      schemas: namedSchemas(),
    },
  };
}

const securitySchemes = {
  functionKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-functions-key',
    description: 'A function key. A key may belong to one function only: give readers no other.',
  },
  entra: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'With `API_AUTH=entra`: a Microsoft Entra ID token with the app role that the operation names.',
  },
};

const commonParameters = {
  correlationId: {
    name: CORRELATION_HEADER,
    in: 'header',
    description: 'Comes back in the answer and stands in the log; made where it is absent or not like this.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{8,128}$' },
  },
  ifNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'Entity tags that the caller holds.',
    schema: { type: 'string' },
  },
};

const commonHeaders = {
  correlationId: { description: 'Finds the request in the log.', schema: { type: 'string' } },
  etag: { description: 'Strong: the same for the same bytes.', schema: { type: 'string' } },
  link: { description: 'The next page (RFC 8288); absent on the last one.', schema: { type: 'string' } },
};

const correlated = { [CORRELATION_HEADER]: { $ref: '#/components/headers/correlationId' } };

function described(operation: AnyOperation): Json {
  const { id, right, tag, summary, description, body, bytes } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: right === 'public' ? [] : [{ functionKey: [] }, { entra: [roleOf(right)] }],
    parameters: parametersOf(operation),
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: reference(body.schema), example: body.example } },
      },
    }),
    ...(bytes && { requestBody: bytesBody(bytes) }),
    responses: { ...successes(operation), ...problemReferences(operation) },
  };
}

function bytesBody({ mediaType, maxBytes, description }: BytesBody): Json {
  return {
    required: true,
    description: `${description} At most ${maxBytes.toLocaleString('en-US')} bytes.`,
    content: { [mediaType]: { schema: { type: 'string', contentMediaType: mediaType } } },
  };
}

const roleOf = (right: 'read' | 'write') => (right === 'read' ? 'Ota.Read' : 'Ota.Write');

function parametersOf({ parameters, query, method, ifMatch, onlyNew }: AnyOperation): Json[] {
  return [
    ...parametersIn('path', parameters),
    ...parametersIn('query', query),
    { $ref: '#/components/parameters/correlationId' },
    ...(method === 'GET' ? [{ $ref: '#/components/parameters/ifNoneMatch' }] : []),
    ...(ifMatch === undefined ? [] : [headerParameter('If-Match', ifMatch)]),
    ...(onlyNew === undefined ? [] : [headerParameter('If-None-Match', onlyNew, ['*'])]),
  ];
}

function headerParameter(name: string, description: string, values?: readonly string[]): Json {
  const schema = { type: 'string', ...(values && { enum: values }) };
  return { name, in: 'header', required: false, description, schema };
}

function parametersIn(place: 'path' | 'query', schema: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = jsonSchema(schema);
  return Object.entries(properties).map(([name, property]) => {
    const { description, examples, ...rest } = property as Json & { examples?: unknown[] };
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description !== undefined && { description }),
      schema: rest,
      ...(examples && { example: examples[0] }),
    };
  });
}

function successes({ answer, method, query }: AnyOperation): Json {
  const isPage = 'continuation' in query.shape;
  const headers = {
    ...correlated,
    ...(method === 'GET' && { ETag: { $ref: '#/components/headers/etag' } }),
    ...(isPage && { Link: { $ref: '#/components/headers/link' } }),
  };
  const notModified = { 304: { description: 'The caller holds it already.', headers: correlated } };
  return {
    [statusOf(answer)]: { description: answer.description, headers, content: contentOf(answer) },
    ...(method === 'GET' && notModified),
    ...(answer.kind === 'json' && otherStatuses(answer)),
  };
}

function statusOf(answer: AnyOperation['answer']): number {
  return (answer.kind === 'json' && answer.status) || 200;
}

function contentOf(answer: AnyOperation['answer']): Json {
  return answer.kind === 'json'
    ? { 'application/json': { schema: reference(answer.schema), example: answer.example } }
    : Object.fromEntries(answer.mediaTypes.map((type) => [type, { schema: { type: 'string' } }]));
}

function otherStatuses(answer: JsonAnswer<z.ZodType>): Json {
  const content = { 'application/json': { schema: reference(answer.schema) } };
  return Object.fromEntries(
    Object.entries(answer.also ?? {}).map(([status, description]) => [
      status,
      { description, headers: correlated, content },
    ]),
  );
}

/** Every problem that the operation may answer with; a described answer of the same status comes first. */
function problemCodes({
  right,
  body,
  bytes,
  problems: own,
  answer,
  ifMatch,
  onlyNew,
}: AnyOperation): ProblemCode[] {
  const also = answer.kind === 'json' ? Object.keys(answer.also ?? {}).map(Number) : [];
  const codes: ProblemCode[] = [
    'bad-request',
    ...(right === 'public' ? [] : (['unauthenticated', 'forbidden'] as const)),
    ...own,
    ...(ifMatch === undefined && onlyNew === undefined ? [] : (['precondition-failed'] as const)),
    ...(body || bytes ? (['body-too-large', 'unsupported-media-type'] as const) : []),
    'throttled',
    'internal',
    'unavailable',
  ];
  return codes.filter((code) => !also.includes(problems[code].status));
}

function problemReferences(operation: AnyOperation): Json {
  return Object.fromEntries(
    problemCodes(operation).map((code) => [
      problems[code].status,
      { $ref: `#/components/responses/${code}` },
    ]),
  );
}

function codesOf(operations: readonly AnyOperation[]): ProblemCode[] {
  return [...new Set(operations.flatMap(problemCodes))].toSorted();
}

function problemAnswer(code: ProblemCode): Json {
  const { title, status } = problems[code];
  const example = problemDocument(
    new ProblemError(code, `${title}.`),
    '/api/rollouts/fw-iotdevkit-1-0-1',
    '5f1c2b9e-3a4d-4c5e-8f60-718293a4b5c6',
  );
  const retryAfter = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } };
  // Where keys are used, the Functions host answers 401 itself, without a body.
  return {
    description: title,
    headers: { ...correlated, ...((status === 429 || status === 503) && retryAfter) },
    content: {
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example },
    },
  };
}

function reference(schema: z.ZodType): Json {
  const { id } = z.globalRegistry.get(schema) ?? {};
  return id === undefined ? jsonSchema(schema) : { $ref: `#/components/schemas/${id}` };
}

const options = {
  io: 'input',
  uri: (id: string) => `#/components/schemas/${id}`,
  override: ({ jsonSchema: schema }: { jsonSchema: Json }) => {
    // Noise: what every number in JSON has as its bound, and a calendar as a regular expression.
    if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
    if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
    if (schema['format'] === 'date-time') delete schema['pattern'];
  },
} as const;

function jsonSchema(schema: z.ZodType): Json & { properties?: Json; required?: string[] } {
  const { $schema: _dialect, $defs: _named, ...rest } = z.toJSONSchema(schema, options) as Json;
  return JSON.parse(JSON.stringify(rest).replaceAll('#/$defs/', '#/components/schemas/')) as Json;
}

function namedSchemas(): Json {
  const { schemas } = z.toJSONSchema(z.globalRegistry, options);
  return Object.fromEntries(
    Object.entries(schemas)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, { $schema: _dialect, $id: _uri, ...schema }]) => [id, schema]),
  );
}
