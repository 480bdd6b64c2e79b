import { spawnSync } from 'node:child_process';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Deployed, InfraFiles, Value } from './deployment.ts';
import type { Finding, Sources } from './infra-sources.ts';

const hook = z.strictObject({ shell: z.string(), run: z.string() });
const hooks = z.strictObject({
  posix: hook.extend({ shell: z.literal('sh') }),
  windows: hook.extend({ shell: z.literal('pwsh') }),
});
/** The part of azd's schema of azure.yaml that is used here; every other member is a mistake. */
const azureYaml = z.strictObject({
  name: z.string().min(2),
  metadata: z.strictObject({ template: z.string() }),
  // Since this version azd honours remoteBuild for functions; older ones build on Azure whatever it says.
  requiredVersions: z.strictObject({ azd: z.literal('>=1.23.5') }),
  infra: z.strictObject({ provider: z.literal('bicep'), path: z.string(), module: z.string() }),
  services: z.record(
    z.string(),
    z.strictObject({
      project: z.literal('.'),
      language: z.literal('ts'),
      host: z.literal('function'),
      dist: z.literal('dist'),
      // With true, Azure would run npm install for a bundle that needs no package.
      remoteBuild: z.literal(false),
    }),
  ),
  hooks: z.strictObject({ preprovision: hooks, postprovision: hooks, postdeploy: hooks }),
});

/** azure.yaml, its hooks and the variables that go between them and main.bicep. */
export function checkAzd(sources: Sources, files: InfraFiles, resources: readonly Deployed[]): Finding[] {
  const parsed = azureYaml.safeParse(parse(sources.get('azure.yaml') ?? ''));
  const messages = parsed.success
    ? [...inAzureYaml(parsed.data, sources, resources), ...inHooks(sources, files, resources)]
    : parsed.error.issues.map(({ path, message }) => `azure.yaml: ${path.join('.')}: ${message}`);
  return messages.map((message) => ({ check: 'azd', message }));
}

function* inAzureYaml(
  file: z.infer<typeof azureYaml>,
  sources: Sources,
  resources: readonly Deployed[],
): Generator<string> {
  if (!sources.has(`${file.infra.path}/${file.infra.module}.bicep`))
    yield 'azure.yaml: there is no such module';
  const tagged = new Set(
    resources.map(({ body }) => (body['tags'] as Record<string, Value> | undefined)?.['azd-service-name']),
  );
  for (const service of Object.keys(file.services)) {
    if (!tagged.has(service)) yield `azure.yaml: no resource has the tag azd-service-name ${service}`;
  }
  for (const { posix, windows } of Object.values(file.hooks)) {
    for (const { run } of [posix, windows]) if (!sources.has(run)) yield `azure.yaml: there is no ${run}`;
    if (posix.run.replace(/\.sh$/, '') !== windows.run.replace(/\.ps1$/, ''))
      yield `azure.yaml: ${posix.run} and ${windows.run} are two steps`;
  }
}

function* inHooks(sources: Sources, files: InfraFiles, resources: readonly Deployed[]): Generator<string> {
  const inputs = (sources.get('infra/main.parameters.json') ?? '').matchAll(/\$\{(\w+)/g);
  const set = new Set([
    // By azd itself, in every environment.
    'AZURE_SUBSCRIPTION_ID',
    ...files.bicep('main.bicep').outputs.map(({ name }) => name),
    ...[...inputs].map(([, name = '']) => name),
  ]);
  for (const [path, text] of sources) {
    if (!path.startsWith('infra/hooks/')) continue;
    for (const name of variablesOf(text)) {
      if (!set.has(name)) yield `${path}: nothing sets ${name}`;
    }
    const twin =
      sources.get(path.endsWith('.sh') ? path.replace(/\.sh$/, '.ps1') : path.replace(/\.ps1$/, '.sh')) ?? '';
    const missing = variablesOf(text).filter((name) => !variablesOf(twin).includes(name));
    if (missing.length > 0)
      yield `${path} reads ${missing.join(', ')}, its twin for the other shell does not`;
    if (path.endsWith('.sh')) yield* shellFaults(path, text);
    if (path.includes('after-provision')) yield* routes(path, text, resources);
  }
}

/** Variables of the environment: in sh those in capitals, in PowerShell those of `$env:`. */
function variablesOf(text: string): string[] {
  const pattern = text.startsWith('#!') ? /\$\{?([A-Z][A-Z_]{3,})\b/g : /\$env:(\w+)/g;
  return [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))];
}

/** What sh itself, and the rules that a shell linter starts with, have to say. */
function* shellFaults(path: string, text: string): Generator<string> {
  const { status, stderr } = spawnSync('bash', ['--posix', '-n'], { input: text, encoding: 'utf8' });
  if (status !== 0) yield `${path}: ${stderr.trim()}`;
  if (!text.startsWith('#!/bin/sh\n')) yield `${path} does not begin with #!/bin/sh`;
  if (!/^set -eu$/m.test(text)) yield `${path} goes on after a failure: it lacks set -eu`;
  const code = text.replace(/(?:^|\s)#.*$/gm, '').replace(/'[^']*'/g, "''");
  if (code.includes('`')) yield `${path}: write $(...) instead of backticks`;
  const unquoted = code.replace(/"(?:\\.|\$\([^)]*\)|[^"\\])*"/gs, '""').replace(/\$\(\(.*?\)\)/g, '0');
  const bare = /\$\{?[A-Za-z_]\w*/.exec(unquoted);
  if (bare) yield `${path}: ${bare[0]} is not in quotes`;
}

/** An existing hub gets the routes that a new one has. */
function* routes(path: string, text: string, resources: readonly Deployed[]): Generator<string> {
  const hub = resources.find(({ type, existing }) => type === 'Microsoft.Devices/IotHubs' && !existing);
  const { routing } = (hub?.body['properties'] ?? {}) as {
    routing?: { routes: readonly { name: string; source: string; condition: string }[] };
  };
  for (const { name, source, condition } of routing?.routes ?? []) {
    for (const part of [name, source.toLowerCase(), `'${condition}'`]) {
      if (!text.includes(part)) yield `${path}: the route ${name} lacks ${part}, which a new hub has`;
    }
  }
}
