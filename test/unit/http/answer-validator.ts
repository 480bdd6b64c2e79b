import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { AnyOperation } from '../../../src/shared/http/operation.ts';
import type { Answered } from './in-process-api.ts';

type Json = Record<string, unknown>;

/** Checks answers against an OpenAPI document: status, headers, media type and body have to be described. */
export class AnswerValidator {
  readonly #document: Json;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(document: Json) {
    this.#document = document;
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(document, 'api');
  }

  /** What is not as described; empty where everything is. */
  faults({ path, method }: Pick<AnyOperation, 'path' | 'method'>, answer: Answered): string[] {
    const name = `${method} ${path} ${answer.status}`;
    const pointer = ['paths', path, method.toLowerCase(), 'responses', String(answer.status)];
    const described = this.#at(pointer);
    if (!described) return [`${name} is not described`];
    const headers = Object.keys((described['headers'] ?? {}) as Json).filter(
      (header) => !answer.headers.has(header) && header !== 'Link',
    );
    const content = described['content'] as Json | undefined;
    return [
      ...headers.map((header) => `${name} has no header ${header}`),
      ...(content ? this.#contentFaults(name, content, answer) : bodyWithoutContent(name, answer)),
    ];
  }

  #contentFaults(name: string, content: Json, answer: Answered): string[] {
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const media = content[type] as { schema: { $ref?: string; type?: string } } | undefined;
    if (!media) return [`${name} has the media type "${type}", which is not described`];
    if (media.schema.$ref === undefined) return [];
    const validate = this.#ajv.compile({ $ref: `api${media.schema.$ref}` });
    return validate(answer.json()) ? [] : [`${name}: ${this.#ajv.errorsText(validate.errors)}`];
  }

  /** The object at the pointer, through references. */
  #at(pointer: readonly string[]): Json | undefined {
    let value: unknown = this.#document;
    for (const part of pointer) value = (value as Json | undefined)?.[part];
    const reference = (value as { $ref?: string } | undefined)?.$ref;
    return reference === undefined ? (value as Json | undefined) : this.#at(reference.slice(2).split('/'));
  }
}

function bodyWithoutContent(name: string, answer: Answered): string[] {
  return answer.text === '' ? [] : [`${name} has a body, and none is described`];
}
