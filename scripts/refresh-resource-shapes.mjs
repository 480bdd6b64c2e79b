// Writes test/infra/resource-shapes.json: what Azure's resource types take, for the types and versions that infra/
// uses. Run it after using another type or version: `node scripts/refresh-resource-shapes.mjs` (Linux, x64). It
// installs two packages of Microsoft's (MIT licence) from npm into a folder that is removed again:
// - @azure/mcp-linux-x64: its command `azmcp bicepschema get` prints the types that Bicep itself checks against;
// - @azure/arm-iothub: the management client, for Microsoft.Devices, which the command above has no types of.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';

const PACKAGES = { '@azure/mcp-linux-x64': '2.0.5', '@azure/arm-iothub': '6.3.0' };
/** Types that the command has under no version: they are not checked. */
const NOT_AVAILABLE =
  /^Microsoft\.Insights\/(?:diagnosticSettings|scheduledQueryRules|metricAlerts|actionGroups)@/;

const root = fileURLToPath(new URL('..', import.meta.url));
const bicepFiles = readdirSync(`${root}infra`).filter((name) => name.endsWith('.bicep'));
const used = [
  ...new Set(
    bicepFiles.flatMap((name) =>
      [...readFileSync(`${root}infra/${name}`, 'utf8').matchAll(/^resource \w+ '([^']+)'/gm)].map(
        ([, type]) => type,
      ),
    ),
  ),
].toSorted((a, b) => (a < b ? -1 : 1));
const folder = mkdtempSync(join(tmpdir(), 'resource-shapes-'));
try {
  const specs = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync('npm', ['install', '--prefix', folder, ...options, ...specs], { stdio: ['ignore', 2, 2] });
  const from = Object.fromEntries(specs.map((spec) => [spec, 'MIT, Microsoft Corporation']));
  const known = used.filter((type) => !NOT_AVAILABLE.test(type));
  const resources = Object.fromEntries(
    known.map((type) => [
      type,
      type.startsWith('Microsoft.Devices/') ? fromClient(type) : fromBicepTypes(type),
    ]),
  );
  writeFileSync(
    `${root}test/infra/resource-shapes.json`,
    `${JSON.stringify({ from, unknown: used.filter((type) => NOT_AVAILABLE.test(type)), resources }, undefined, 1)}\n`,
  );
  execFileSync('npx', ['oxfmt', 'test/infra/resource-shapes.json'], { cwd: root, stdio: ['ignore', 2, 2] });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function fromBicepTypes(typeAndVersion) {
  const [type, version] = typeAndVersion.split('@');
  const command = join(folder, 'node_modules/@azure/mcp-linux-x64/dist/azmcp');
  const printed = execFileSync(command, ['bicepschema', 'get', '--resource-type', type], {
    encoding: 'utf8',
    maxBuffer: 1e8,
    env: { ...process.env, AZURE_MCP_COLLECT_TELEMETRY: 'false' },
  });
  const entries = JSON.parse(printed).results.BicepSchemaResult;
  const resource = entries.find(({ $type }) => $type === 'Resource');
  const named = new Map(entries.filter(({ name }) => name).map((entry) => [entry.name, entry]));
  const body = objectShape(resource.bodyType);
  const served = [body, ...Object.values(body['?cases'] ?? {})].find(
    ({ apiVersion }) => apiVersion,
  )?.apiVersion;
  if (served !== `-${version}`) throw new Error(`${type}: infra/ has ${version}, the types are of ${served}`);
  return { body, types: reachable(body, (name) => named.has(name) && objectShape(named.get(name))) };
}

/** `{ property: '<type>' }`; `!` after a type: required, `-` before it: read-only. `*`: any other property. */
function objectShape(entry) {
  if (entry.$type === 'DiscriminatedObject') {
    const base = propertiesShape(entry.baseProperties);
    const cases = entry.elements.map((element) => {
      const shape = { ...base, ...propertiesShape(element.properties) };
      return [shape[entry.discriminator].replace(/!$/, ''), shape];
    });
    return { '?by': entry.discriminator, '?cases': Object.fromEntries(cases) };
  }
  const shape = propertiesShape(entry.properties);
  return entry.additionalPropertiesType ? { ...shape, '*': entry.additionalPropertiesType } : shape;
}

function propertiesShape(properties) {
  return Object.fromEntries(
    properties.map(({ name, type, flags = '' }) => [
      name,
      `${flags.includes('ReadOnly') ? '-' : ''}${type}${flags.includes('Required') ? '!' : ''}`,
    ]),
  );
}

/** The shapes that can be reached by properties which can be set. */
function reachable(body, shapeOf) {
  const types = {};
  const visit = (shape) => {
    for (const spec of Object.values(shape['?cases'] ?? shape)) {
      if (typeof spec === 'object') visit(spec);
      else if (!spec.startsWith('-')) spec.split('|').forEach(visitName);
    }
  };
  const visitName = (part) => {
    const name = part.trim().replace(/^\{|[!}]+$|(\[\])+!?$/g, '');
    const shape = types[name] ? undefined : shapeOf(name);
    if (!shape) return;
    types[name] = shape;
    visit(shape);
  };
  visit(body);
  return types;
}

function fromClient(typeAndVersion) {
  const [type, version] = typeAndVersion.split('@');
  const directory = join(folder, 'node_modules/@azure/arm-iothub/src');
  const parameters = readFileSync(join(directory, 'models/parameters.ts'), 'utf8');
  if (!parameters.includes(`defaultValue: "${version}"`))
    throw new Error(`${type}: ${version} is not the client's`);
  const known = knownValues(readFileSync(join(directory, 'models/index.ts'), 'utf8'));
  const mappers = clientMappers(readFileSync(join(directory, 'models/mappers.ts'), 'utf8'));
  const shapeOf = (name) => mappers[name] && mapperShape(mappers[name].type, known);
  const top = type.endsWith('ConsumerGroups') ? 'EventHubConsumerGroupBodyDescription' : 'IotHubDescription';
  const body = { ...shapeOf(top), name: 'string!', apiVersion: `-${version}` };
  return { body, types: reachable(body, shapeOf) };
}

/** The mappers are plain data with a type annotation. */
function clientMappers(source) {
  const plain = source
    .replace(/^import .*$/gm, '')
    .replaceAll(/export const (\w+): coreClient\.CompositeMapper =/g, 'mappers.$1 =')
    .replaceAll(/\.\.\.(\w+)\.type/g, '...mappers.$1.type')
    .replace(/export let discriminators[\s\S]*$/, '');
  return runInNewContext(`const mappers = {}; ${plain}; mappers`);
}

/** `IotHubSku` -> `F1 | F2 | ...`: the values that the client knows for a type of text. */
function knownValues(source) {
  const enums = [...source.matchAll(/export enum Known(\w+) \{([^}]*)\}/g)];
  const values = new Map(
    enums.map(([, name, body]) => [
      name,
      [...body.matchAll(/= "([^"]+)"/g)].map(([, value]) => value).join(' | '),
    ]),
  );
  const interfaces = [...source.matchAll(/export interface (\w+)[^{]*\{([\s\S]*?)\n\}/g)];
  return new Map(
    interfaces.flatMap(([, owner, body]) =>
      [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??: (\w+);/gm)]
        .filter(([, , type]) => values.has(type))
        .map(([, property, type]) => [`${owner}.${property}`, values.get(type)]),
    ),
  );
}

function mapperShape({ className, modelProperties }, known) {
  return Object.fromEntries(
    Object.entries(modelProperties).map(([key, { serializedName, required, readOnly, type }]) => [
      serializedName,
      `${readOnly ? '-' : ''}${known.get(`${className}.${key}`) ?? typeText(type)}${required ? '!' : ''}`,
    ]),
  );
}

function typeText({ name, className, element, value, allowedValues }) {
  switch (name) {
    case 'Composite':
      return className;
    case 'Sequence':
      return `${typeText(element.type)}[]`;
    case 'Dictionary':
      return `{${typeText(value.type)}}`;
    case 'Enum':
      return allowedValues.join(' | ');
    case 'Number':
      return 'int';
    case 'Boolean':
      return 'bool';
    default:
      return 'string';
  }
}
