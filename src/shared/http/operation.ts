import * as z from 'zod';
import type { Caller } from './caller.ts';
import type { ProblemCode } from './problem.ts';
import type { RequestLog } from './correlation.ts';

/** What an operation asks of its caller: nothing, the right to look, or the right to steer. */
export type Right = 'public' | 'read' | 'write';

/** An answer in JSON. `schema` has an id (`.meta({ id })`), under which the document lists it. */
export interface JsonAnswer<Schema extends z.ZodType> {
  readonly kind: 'json';
  readonly schema: Schema;
  readonly description: string;
  readonly example: z.input<Schema>;
  /** Of success; 200 where it is absent. */
  readonly status?: 201 | 202;
  /** Other statuses under which the same document is served, and what they mean. */
  readonly also?: Readonly<Record<number, string>>;
}

/** An answer that is not JSON: text of one of these media types. */
export interface ContentAnswer {
  readonly kind: 'content';
  readonly mediaTypes: readonly string[];
  readonly description: string;
}

export type AnyAnswer = JsonAnswer<z.ZodType> | ContentAnswer;

/** A body in JSON; its schema has an id. */
export interface JsonBody<Schema extends z.ZodType> {
  readonly schema: Schema;
  readonly example: z.input<Schema>;
}

/** A body of bytes as they are. */
export interface BytesBody {
  readonly mediaType: string;
  readonly maxBytes: number;
  readonly description: string;
}

/**
 * One operation of the API: the only description of it. From it come its registration, the parsing of
 * requests, the shaping of answers, and its part of the OpenAPI document.
 */
export interface Operation<
  Path extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answered extends AnyAnswer,
> {
  /** Kebab-case: the name of the function, and the operation's id. */
  readonly id: string;
  /** `HEAD` comes with `GET`. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api`, e.g. `/rollouts/{id}`. */
  readonly path: `/${string}`;
  readonly right: Right;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: Path;
  /** Strict: a parameter that it does not name is an error. */
  readonly query: Query;
  readonly body?: JsonBody<Body>;
  /** Instead of `body`. */
  readonly bytes?: BytesBody;
  /** Where it takes `If-Match`: what the tag is, in words. The handler compares it. */
  readonly ifMatch?: string;
  /** Where it takes `If-None-Match: *` to write only what is not there yet: what that means, in words. */
  readonly onlyNew?: string;
  readonly answer: Answered;
  /** Problems beside those that any operation of its kind may answer with. */
  readonly problems: readonly ProblemCode[];
}

export type AnyOperation = Operation<z.ZodObject, z.ZodObject, z.ZodType, AnyAnswer>;

const noParameters = z.object({});
const noQuery = z.strictObject({});

/** Describes an operation; what it does not take may be left out. */
export function operation<
  Answered extends AnyAnswer,
  Path extends z.ZodObject = typeof noParameters,
  Query extends z.ZodObject = typeof noQuery,
  Body extends z.ZodType = z.ZodUndefined,
>(
  described: Omit<Operation<Path, Query, Body, Answered>, 'parameters' | 'query' | 'problems'> &
    Partial<Pick<Operation<Path, Query, Body, Answered>, 'parameters' | 'query' | 'problems'>>,
): Operation<Path, Query, Body, Answered> {
  const nothing = { parameters: noParameters as unknown as Path, query: noQuery as unknown as Query };
  return { ...nothing, problems: [], ...described };
}

export function json<Schema extends z.ZodType>(answer: Omit<JsonAnswer<Schema>, 'kind'>): JsonAnswer<Schema> {
  return { kind: 'json', ...answer };
}

export function content(answer: Omit<ContentAnswer, 'kind'>): ContentAnswer {
  return { kind: 'content', ...answer };
}

/** What a handler gets: the request after parsing. */
export interface OperationRequest<Path, Query, Body> {
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  /** The body of an operation that takes bytes; throws a ProblemError where it is too large or of another type. */
  readonly readBytes: () => Promise<Buffer>;
  /** The header `If-Match` as it came; only operations that describe it may heed it. */
  readonly ifMatch: string | undefined;
  /** The header `If-None-Match` is `*`: only what is not there yet may be written. */
  readonly onlyNew: boolean;
  /** The whole URL, for links. */
  readonly url: string;
  readonly caller: Caller;
  readonly log: RequestLog;
}

type Headers = Readonly<Record<string, string>>;

export type JsonResult<Value> = {
  readonly status?: number;
  readonly body: ReadonlyDeep<Value>;
  readonly headers?: Headers;
};
export type ContentResult = {
  readonly content: string | Uint8Array;
  readonly mediaType: string;
  readonly headers?: Headers;
};
export type ResultOf<Answered extends AnyAnswer> =
  Answered extends JsonAnswer<infer Schema> ? JsonResult<z.input<Schema>> : ContentResult;

type ReadonlyDeep<Value> = Value extends readonly (infer Item)[]
  ? readonly ReadonlyDeep<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: ReadonlyDeep<Value[Key]> }
    : Value;
