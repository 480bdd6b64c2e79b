import type { BicepFile, Expression } from './bicep-syntax.ts';
import { walk } from './check-symbols.ts';
import { type Deployed, type InfraFiles, text, type Value } from './deployment.ts';
import type { Finding } from './infra-sources.ts';

type Properties = Readonly<Record<string, Value>>;

/** What must hold whatever is chosen: encryption in transit, no public data but by choice, no needless keys. */
export function checkPolicy(resources: readonly Deployed[], downloadUrlMode: string): Finding[] {
  return resources
    .filter(({ existing }) => !existing)
    .flatMap((resource) =>
      [...rulesOf(resource, downloadUrlMode)].map((message) => ({
        check: 'policy',
        message: `${resource.file}, ${resource.symbol}: ${message}`,
      })),
    );
}

function* rulesOf({ type, symbol, body }: Deployed, mode: string): Generator<string> {
  const properties = (body['properties'] ?? {}) as Properties;
  switch (type) {
    case 'Microsoft.Storage/storageAccounts':
      yield* must(properties, { minimumTlsVersion: 'TLS1_2', supportsHttpsTrafficOnly: true });
      yield* must(properties, {
        allowBlobPublicAccess: symbol === 'firmwareAccount' && mode === 'public',
        allowSharedKeyAccess: symbol === 'firmwareAccount' && mode === 'sas',
      });
      return;
    case 'Microsoft.Storage/storageAccounts/blobServices/containers':
      yield* must(properties, { publicAccess: symbol === 'releases' && mode === 'public' ? 'Blob' : 'None' });
      return;
    case 'Microsoft.EventHub/namespaces':
      yield* must(properties, { minimumTlsVersion: '1.2', disableLocalAuth: true });
      return;
    case 'Microsoft.Web/sites':
      yield* must(properties, { httpsOnly: true });
      yield* must(properties['siteConfig'] as Properties, { minTlsVersion: '1.2', scmMinTlsVersion: '1.2' });
      return;
    case 'Microsoft.Web/sites/basicPublishingCredentialsPolicies':
      yield* must(properties, { allow: false });
      return;
    case 'Microsoft.Insights/components':
      yield* must(properties, { DisableLocalAuth: true });
      return;
    case 'Microsoft.Devices/IotHubs':
      for (const name of ['disableLocalAuth', 'disableDeviceSAS', 'publicNetworkAccess', 'minTlsVersion']) {
        if (name in properties) yield `${name} can lock devices out`;
      }
  }
}

function* must(properties: Properties, wanted: Properties): Generator<string> {
  for (const [name, value] of Object.entries(wanted)) {
    if (properties[name] !== value) yield `${name} is ${text(properties[name] ?? null)}, not ${text(value)}`;
  }
}

/** Outputs can be read by everybody who may read deployments: none holds a key or what was made of one. */
export function checkOutputs(files: InfraFiles, names: readonly string[]): Finding[] {
  return names.flatMap((name) => {
    const file = files.bicep(name);
    return file.outputs
      .filter((output) => !NO_SECRETS.has(output.name) && holdsSecret(output.value, file, new Set()))
      .map((output) => ({ check: 'outputs', message: `${name}: the output ${output.name} holds a secret` }));
  });
}

/** With keys off, which the rules above see to, it says only where to send. */
const NO_SECRETS = new Set(['applicationInsightsConnectionString']);

function holdsSecret(expression: Expression, file: BicepFile, seen: Set<string>): boolean {
  return [...walk(expression)].some((node) => {
    if (node.kind === 'member') return SECRET_MEMBER.test(node.member);
    if (node.kind !== 'name') return false;
    if (/^list[A-Z]/.test(node.name)) return true;
    if (file.parameters.some(({ name, secure }) => secure && name === node.name)) return true;
    const variable = seen.has(node.name) ? undefined : file.variables.find(({ name }) => name === node.name);
    return variable !== undefined && holdsSecret(variable.value, file, seen.add(node.name));
  });
}

const SECRET_MEMBER = /^list[A-Z]\w*$|^(?:primary|secondary)Key$|[cC]onnectionString$|[sS]asToken$/;
