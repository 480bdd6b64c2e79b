// Everything that runs the app, from one command (`azd up`): a resource group and one module for each concern.
// Plain resources instead of registry modules: the module for IoT Hub turns off public network access and the keys
// of devices by default, and with them every DevKit. Phase two, the blob events, is events.bicep: their endpoint
// exists only once the code is deployed.
targetScope = 'subscription'

@description('Name of the azd environment; part of every name.')
@minLength(1)
@maxLength(32)
param environmentName string

@description('Azure region. It has to offer the Flex Consumption plan.')
param location string

@description('Object id of the person or pipeline that deploys: may upload images. Empty: nobody is added.')
param principalId string = ''

@description('Kind of that principal.')
@allowed(['User', 'ServicePrincipal'])
param principalType string = 'User'

@description('Node.js version of the app.')
@allowed(['22', '24'])
param nodeVersion string = '22'

@description('Name of an IoT Hub to use instead of a new one. Empty: a new one.')
param existingIotHubName string = ''

@description('Resource group of that hub. Empty: the resource group of this app.')
param existingIotHubResourceGroup string = ''

@description('Tier of the hub; of an existing one, say which it is: dry runs compute with its limits.')
@allowed(['F1', 'S1', 'S2', 'S3'])
param iotHubSku string = 'S1'

@description('Units of the hub.')
@minValue(1)
@maxValue(200)
param iotHubUnits int = 1

@description('Read twin changes from the built-in endpoint of the hub, without an Event Hubs namespace. It takes no identity, so the app gets a connection string.')
param useBuiltInEndpoint bool = false

@description('How devices reach images: `sas` (private container, revocable signature), `public` (anyone who has the URL), `proxy` (through the app, no account key at all).')
@allowed(['sas', 'public', 'proxy'])
param downloadUrlMode string = 'sas'

@description('Secret of the proxy mode, at least 32 characters; the hook before provisioning makes one.')
@secure()
param downloadTokenKey string = ''

@description('Client id of an Entra ID app registration: the API then takes its tokens instead of function keys. Empty: keys.')
param entraClientId string = ''

@description('Twin updates a second that the app may use for tags. The hub shares its limit with everybody.')
@minValue(1)
@maxValue(1000)
param twinUpdatesPerSecond int = 20

@description('Device type of images that name none: what devices report as firmware.type.')
param defaultDeviceType string = 'IoTDevKit'

@description('Plan of images that name none.')
param defaultPlan string = 'all-at-once'

@description('Partitions of the event hub for twin changes; cannot be changed later.')
@minValue(1)
@maxValue(32)
param eventHubPartitions int = 4

@description('Instances that are kept warm for uploads. 0 costs nothing; 1 or more answers an upload without a cold start.')
@minValue(0)
@maxValue(10)
param alwaysReadyBlobInstances int = 0

@description('Image checks of device types, such as Thermostat=generic. Empty: the checks of the DevKit for all.')
param deviceProfiles string = ''

@description('When to look for uploads that no event told of (six-field NCRONTAB, UTC).')
param sweepSchedule string = '0 */5 * * * *'
@description('When gates are judged and stages opened.')
param judgeSchedule string = '0 * * * * *'
@description('When the ledger is compared with its rows.')
param recountSchedule string = '30 */5 * * * *'

@description('Webhooks, as the setting WEBHOOK_URLS takes them; they may hold a secret. Empty: none.')
@secure()
param webhookUrls string = ''
@description('Their secrets, as WEBHOOK_SECRETS takes them.')
@secure()
param webhookSecrets string = ''
@description('Their events, as WEBHOOK_EVENTS takes them.')
param webhookEvents string = 'rollout,upload'

@description('Device ids in logs, as LOG_DEVICE_IDS takes it.')
param logDeviceIds string = 'hashed'

@description('OpenTelemetry endpoint for the metrics of the app. Empty: none are sent.')
param otlpEndpoint string = ''
@description('What that endpoint asks for besides, as OTEL_EXPORTER_OTLP_HEADERS takes it: name=value, with commas between. Empty: nothing.')
@secure()
param otlpHeaders string = ''

@description('Where alerts are sent. Empty: no mail.')
param alertEmail string = ''
@description('More stuck devices than this in one rollout are an alert.')
param stuckDevicesAlert int = 10

@description('Let the hub log each connection and twin operation of each device.')
param logEveryDevice bool = false

var tags = { 'azd-env-name': environmentName }
var resourceToken = toLower(uniqueString(subscription().id, environmentName, location))
var resourceGroupName = 'rg-${environmentName}'
var isNewHub = empty(existingIotHubName)
var hubName = isNewHub ? 'iot-${resourceToken}' : existingIotHubName
var hubGroupName = isNewHub || empty(existingIotHubResourceGroup) ? resourceGroupName : existingIotHubResourceGroup
var functionAppName = 'func-${resourceToken}'
var firmwareAccountName = 'stfw${resourceToken}'
var hostAccountName = 'sthost${resourceToken}'
var eventHubsNamespace = 'evhns-${resourceToken}'

// The code gets these as app settings; test/infra holds both against each other.
var consumerGroup = 'firmware-ota'
var eventHubName = 'twin-changes'
var firmwareContainer = 'firmware'
var releasesContainer = 'releases'

// What the person who deploys decides; docs and defaults of each setting are those of the README.
var options = {
  TWIN_UPDATES_PER_SECOND: string(twinUpdatesPerSecond)
  DEFAULT_DEVICE_TYPE: defaultDeviceType
  DEFAULT_PLAN: defaultPlan
  DEVICE_PROFILES: deviceProfiles
  FIRMWARE_SWEEP_SCHEDULE: sweepSchedule
  ROLLOUT_JUDGE_SCHEDULE: judgeSchedule
  LEDGER_RECOUNT_SCHEDULE: recountSchedule
  WEBHOOK_EVENTS: webhookEvents
  LOG_DEVICE_IDS: logDeviceIds
  OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint
}

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: resourceGroupName
  location: location
  tags: tags
}

module identities 'identities.bicep' = {
  name: 'identities'
  scope: group
  params: {
    location: location
    tags: tags
    appIdentityName: 'id-app-${resourceToken}'
    hubIdentityName: 'id-hub-${resourceToken}'
  }
}

module storage 'storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    location: location
    tags: tags
    firmwareAccountName: firmwareAccountName
    hostAccountName: hostAccountName
    firmwareContainer: firmwareContainer
    releasesContainer: releasesContainer
    downloadUrlMode: downloadUrlMode
    appPrincipalId: identities.outputs.appPrincipalId
    uploaderId: principalId
    uploaderType: principalType
  }
}

module eventHubs 'event-hubs.bicep' = if (!useBuiltInEndpoint) {
  name: 'event-hubs'
  scope: group
  params: {
    location: location
    tags: tags
    namespaceName: eventHubsNamespace
    eventHubName: eventHubName
    consumerGroup: consumerGroup
    partitions: eventHubPartitions
    appPrincipalId: identities.outputs.appPrincipalId
    hubPrincipalId: identities.outputs.hubPrincipalId
  }
}

// IoT Hub tries an endpoint when it is added: the right of its identity to send comes first, with the event hub.
module iotHub 'iot-hub.bicep' = if (isNewHub) {
  name: 'iot-hub'
  scope: group
  params: {
    location: location
    tags: tags
    hubName: hubName
    sku: iotHubSku
    units: iotHubUnits
    identityId: identities.outputs.hubIdentityId
    eventHubsNamespace: useBuiltInEndpoint ? '' : eventHubsNamespace
    eventHubName: eventHubName
  }
  dependsOn: [eventHubs]
}

module hubAccess 'iot-hub-access.bicep' = {
  name: 'iot-hub-access-${resourceToken}'
  scope: resourceGroup(hubGroupName)
  params: {
    hubName: hubName
    resourceToken: resourceToken
    appPrincipalId: identities.outputs.appPrincipalId
    builtInConsumerGroup: useBuiltInEndpoint ? consumerGroup : ''
  }
  dependsOn: [group, iotHub]
}

module monitoring 'monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    location: location
    tags: tags
    resourceToken: resourceToken
    appPrincipalId: identities.outputs.appPrincipalId
    hubId: hubAccess.outputs.hubId
    eventHubsNamespaceId: useBuiltInEndpoint ? '' : '${group.id}/providers/Microsoft.EventHub/namespaces/${eventHubsNamespace}'
    alertEmail: alertEmail
    stuckDevicesAlert: stuckDevicesAlert
  }
  dependsOn: [eventHubs]
}

module hubDiagnostics 'hub-diagnostics.bicep' = {
  name: 'hub-diagnostics-${resourceToken}'
  scope: resourceGroup(hubGroupName)
  params: {
    hubName: hubName
    workspaceId: monitoring.outputs.workspaceId
    logEveryDevice: logEveryDevice
  }
}

module functionApp 'function-app.bicep' = {
  name: 'function-app'
  scope: group
  params: {
    location: location
    tags: tags
    name: functionAppName
    nodeVersion: nodeVersion
    identityId: identities.outputs.appIdentityId
    identityClientId: identities.outputs.appClientId
    hostAccountName: hostAccountName
    packageContainer: storage.outputs.packageContainer
    firmwareAccountName: firmwareAccountName
    firmwareContainer: firmwareContainer
    releasesContainer: releasesContainer
    downloadUrlMode: downloadUrlMode
    downloadPolicy: storage.outputs.downloadPolicy
    downloadTokenKey: downloadTokenKey
    hubName: hubName
    hubGroupName: hubGroupName
    iotHubSku: iotHubSku
    iotHubUnits: iotHubUnits
    twinEventsNamespace: useBuiltInEndpoint ? '' : eventHubsNamespace
    eventHubName: eventHubName
    consumerGroup: consumerGroup
    partitions: eventHubPartitions
    options: options
    webhookUrls: webhookUrls
    webhookSecrets: webhookSecrets
    otlpHeaders: otlpHeaders
    entraClientId: entraClientId
    alwaysReadyBlobInstances: alwaysReadyBlobInstances
    applicationInsightsConnectionString: monitoring.outputs.applicationInsightsConnectionString
  }
  dependsOn: [eventHubs, hubAccess]
}

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = resourceGroupName
output FUNCTION_APP_NAME string = functionAppName
output API_URL string = '${functionApp.outputs.url}/api'
output FIRMWARE_ACCOUNT string = firmwareAccountName
output FIRMWARE_CONTAINER string = firmwareContainer
output RELEASES_CONTAINER string = releasesContainer
output DOWNLOAD_URL_MODE string = downloadUrlMode
output DOWNLOAD_POLICY string = storage.outputs.downloadPolicy
output IOT_HUB_NAME string = hubName
output IOT_HUB_RESOURCE_GROUP string = hubGroupName
output IOT_HUB_IS_NEW bool = isNewHub
output IOT_HUB_IDENTITY_ID string = identities.outputs.hubIdentityId
output EVENT_HUBS_NAMESPACE string = useBuiltInEndpoint ? '' : eventHubsNamespace
output EVENT_HUB_NAME string = eventHubName
