import { deployment, type Deployed, type InfraFiles, type Value } from './deployment.ts';

type Parameters = Readonly<Record<string, Value>>;

const GIVEN: Parameters = { environmentName: 'dev', location: 'westeurope' };

/** Each choice that infra/main.bicep offers is made by one of these. */
export const parameterChoices: Readonly<Record<string, Parameters>> = {
  'the defaults': GIVEN,
  'public downloads, with alerts, a person who uploads and a warm instance': {
    ...GIVEN,
    downloadUrlMode: 'public',
    principalId: '<person>',
    alertEmail: 'ops@example.com',
    stuckDevicesAlert: 0,
    logEveryDevice: true,
    otlpEndpoint: 'https://collector.example.com',
    otlpHeaders: 'x-api-key=sample',
    alwaysReadyBlobInstances: 1,
    nodeVersion: '24',
  },
  'a free hub with its built-in endpoint': { ...GIVEN, iotHubSku: 'F1', useBuiltInEndpoint: true },
  'an existing hub, the download proxy, Entra ID': {
    ...GIVEN,
    existingIotHubName: 'my-hub',
    existingIotHubResourceGroup: 'my-group',
    iotHubSku: 'S2',
    iotHubUnits: 3,
    downloadUrlMode: 'proxy',
    downloadTokenKey: 'k'.repeat(64),
    entraClientId: '00000000-0000-0000-0000-000000000001',
  },
};

/** All that is deployed under a choice, the second phase with it. */
export function deployedUnder(files: InfraFiles, choice: Parameters): readonly Deployed[] {
  const first = deployment(files, 'main.bicep', choice);
  const second = deployment(files, 'events.bicep', {
    functionAppName: first.outputs['FUNCTION_APP_NAME'] ?? '',
    firmwareAccountName: first.outputs['FIRMWARE_ACCOUNT'] ?? '',
    firmwareContainer: first.outputs['FIRMWARE_CONTAINER'] ?? '',
  });
  return [...first.resources, ...second.resources];
}

/** The app settings that the deployed resources hold. */
export function appSettingsOf(resources: readonly Deployed[]): Readonly<Record<string, string>> {
  const settings = resources.find(
    ({ type, body }) => type === 'Microsoft.Web/sites/config' && body['name'] === 'appsettings',
  );
  return (settings?.body['properties'] ?? {}) as Record<string, string>;
}
