import { readFileSync } from 'node:fs';
import { type Deployed, isUnknown, text, type Value } from './deployment.ts';
import type { Finding } from './infra-sources.ts';

type Shape = Readonly<Record<string, unknown>>;
interface Shapes {
  readonly unknown: readonly string[];
  readonly resources: Readonly<
    Record<string, { readonly body: Shape; readonly types: Readonly<Record<string, Shape>> }>
  >;
}

const shapes = JSON.parse(readFileSync(new URL('resource-shapes.json', import.meta.url), 'utf8')) as Shapes;

/** Of Bicep itself, on every resource. */
const OF_THE_LANGUAGE = new Set(['scope', 'parent', 'dependsOn']);

/**
 * Compares what would be deployed with what Azure's types take (resource-shapes.json, see
 * scripts/refresh-resource-shapes.mjs): names and values of properties, required and read-only ones.
 */
export function checkShapes(resources: readonly Deployed[]): Finding[] {
  return resources.flatMap((resource) =>
    [...inResource(resource)].map((message) => ({
      check: 'shapes',
      message: `${resource.file}, ${resource.symbol}: ${message}`,
    })),
  );
}

function* inResource({ type, apiVersion, body, existing }: Deployed): Generator<string> {
  const name = `${type}@${apiVersion}`;
  const known = shapes.resources[name];
  if (!known) {
    if (!shapes.unknown.includes(name)) yield `there is no type ${name}, or resource-shapes.json lacks it`;
    return;
  }
  if (existing) return;
  const own = Object.fromEntries(Object.entries(body).filter(([key]) => !OF_THE_LANGUAGE.has(key)));
  yield* inObject(own, known.body, known.types, '');
}

function* inObject(
  value: Record<string, Value>,
  shape: Shape,
  types: Record<string, Shape>,
  path: string,
): Generator<string> {
  const properties = chosen(value, shape);
  if (properties === undefined) {
    yield `${path}${String(shape['?by'])} is none of ${Object.keys(shape['?cases'] as Shape).join(', ')}`;
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    const spec = properties[name] ?? properties['*'];
    if (typeof spec !== 'string') yield `${path}${name} is not known`;
    else if (spec.startsWith('-')) yield `${path}${name} is read-only`;
    else yield* inValue(inner, spec.replace(/!$/, ''), types, `${path}${name}`);
  }
  for (const [name, spec] of Object.entries(properties)) {
    if (typeof spec === 'string' && spec.endsWith('!') && !(name in value)) yield `${path}${name} is missing`;
  }
}

/** The shape itself, or the case of it that the discriminator names. */
function chosen(value: Record<string, Value>, shape: Shape): Shape | undefined {
  if (!('?by' in shape)) return shape;
  const cases = shape['?cases'] as Readonly<Record<string, Shape>>;
  return cases[text(value[String(shape['?by'])] ?? null)];
}

function* inValue(value: Value, spec: string, types: Record<string, Shape>, path: string): Generator<string> {
  if (isUnknown(value) || value === null || spec === 'any') return;
  if (spec.endsWith('[]')) {
    if (!Array.isArray(value)) yield `${path} is no array`;
    else for (const item of value as Value[]) yield* inValue(item, spec.slice(0, -2), types, `${path}[]`);
    return;
  }
  const shape = spec.startsWith('{') ? { '*': spec.slice(1, -1) } : types[spec];
  if (shape) {
    if (typeof value !== 'object' || Array.isArray(value)) yield `${path} is no object`;
    else yield* inObject(value as Record<string, Value>, shape, types, `${path}.`);
    return;
  }
  if (!fits(value, spec)) yield `${path} is ${JSON.stringify(value)}, not ${spec}`;
}

/** A list of known values is taken for complete, even where Azure would take others: a typo is likelier. */
function fits(value: Value, spec: string): boolean {
  const options = spec.split('|').map((option) => option.trim());
  const listed = options.filter((option) => option !== 'string');
  const [first = ''] = listed;
  if (listed.length === 0) return typeof value === 'string';
  if (first === 'int') return typeof value === 'number' && Number.isInteger(value);
  if (first === 'bool') return typeof value === 'boolean';
  if (first === 'object') return typeof value === 'object';
  return listed.includes(text(value)) || /^<.*>/.test(text(value));
}
