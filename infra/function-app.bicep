// The app on Flex Consumption: scales to zero and out. It signs in everywhere with one identity. The only secrets
// among its settings are those of a choice that needs one: a signed download URL, the key of the download proxy, the
// connection string of the built-in endpoint, what webhooks and a collector of metrics ask for. They leave this file
// only into the settings.

param location string
param tags object
param name string
param nodeVersion string
param identityId string
param identityClientId string
param hostAccountName string
param packageContainer string
param firmwareAccountName string
param firmwareContainer string
param releasesContainer string

@allowed(['sas', 'public', 'proxy'])
param downloadUrlMode string
param downloadPolicy string

@secure()
param downloadTokenKey string
param hubName string
param hubGroupName string
param iotHubSku string
param iotHubUnits int

@description('Event Hubs namespace. Empty: the built-in endpoint of the hub.')
param twinEventsNamespace string
param eventHubName string
param consumerGroup string
param partitions int

@description('App settings by name.')
param options object

@secure()
param webhookUrls string

@secure()
param webhookSecrets string

@secure()
param otlpHeaders string
param entraClientId string
param alwaysReadyBlobInstances int
param applicationInsightsConnectionString string

// Configurations at most, and messages a day and unit.
var limitsOfTier = {
  F1: { configurations: 10, dailyMessages: 8000 }
  S1: { configurations: 100, dailyMessages: 400000 }
  S2: { configurations: 100, dailyMessages: 6000000 }
  S3: { configurations: 100, dailyMessages: 300000000 }
}
var usesBuiltInEndpoint = empty(twinEventsNamespace)
var blobUri = 'https://${firmwareAccountName}.blob.${environment().suffixes.storage}'

resource firmwareAccount 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: firmwareAccountName
}

resource hub 'Microsoft.Devices/IotHubs@2023-06-30' existing = {
  name: hubName
  scope: resourceGroup(hubGroupName)
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  // azd finds by this tag where the service of azure.yaml belongs.
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainer
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'node'
        version: nodeVersion
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: 40
        alwaysReady: alwaysReadyBlobInstances == 0 ? [] : [
          {
            name: 'blob'
            instanceCount: alwaysReadyBlobInstances
          }
        ]
      }
    }
  }
}

// The host fetches and runs what it is told to: no passwords for that, deployments sign in with Entra ID.
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

var hostSettings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__blobServiceUri: 'https://${hostAccountName}.blob.${environment().suffixes.storage}'
  AzureWebJobsStorage__queueServiceUri: 'https://${hostAccountName}.queue.${environment().suffixes.storage}'
  // The app has a page of its own at the root.
  AzureWebJobsDisableHomepage: 'true'
  APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
}

var appSettings = {
  FIRMWARE_STORAGE__credential: 'managedidentity'
  FIRMWARE_STORAGE__clientId: identityClientId
  FIRMWARE_STORAGE__blobServiceUri: blobUri
  // The blob trigger with Event Grid needs this one too, and fails without a word where it is missing.
  FIRMWARE_STORAGE__queueServiceUri: 'https://${firmwareAccountName}.queue.${environment().suffixes.storage}'
  FIRMWARE_STORAGE__tableServiceUri: 'https://${firmwareAccountName}.table.${environment().suffixes.storage}'
  FIRMWARE_CONTAINER: firmwareContainer
  FIRMWARE_TRIGGER_SOURCE: 'EventGrid'
  RELEASES_CONTAINER: releasesContainer
  IOT_HUB__hostName: '${hubName}.azure-devices.net'
  IOT_HUB__clientId: identityClientId
  HUB_CONFIGURATION_QUOTA: string(limitsOfTier[iotHubSku].configurations)
  HUB_DAILY_MESSAGES: string(limitsOfTier[iotHubSku].dailyMessages * iotHubUnits)
  TWIN_EVENTS_CONSUMER_GROUP: consumerGroup
  WEBHOOK_URLS: webhookUrls
  WEBHOOK_SECRETS: webhookSecrets
  API_AUTH: empty(entraClientId) ? 'keys' : 'entra'
}

var twinEventSettings = usesBuiltInEndpoint ? {
  TWIN_EVENTS: 'Endpoint=${hub.properties.eventHubEndpoints.events.endpoint};SharedAccessKeyName=service;SharedAccessKey=${listKeys('${hub.id}/IotHubKeys/service', '2023-06-30').primaryKey};EntityPath=${hub.properties.eventHubEndpoints.events.path}'
  TWIN_EVENTS_HUB: hub.properties.eventHubEndpoints.events.path
  TWIN_EVENTS_PARTITIONS: string(hub.properties.eventHubEndpoints.events.partitionCount)
} : {
  TWIN_EVENTS__credential: 'managedidentity'
  TWIN_EVENTS__clientId: identityClientId
  TWIN_EVENTS__fullyQualifiedNamespace: '${twinEventsNamespace}.servicebus.windows.net'
  TWIN_EVENTS_HUB: eventHubName
  TWIN_EVENTS_PARTITIONS: string(partitions)
}

// The signature holds as long as the stored access policy that it names and the account key that made it. With a new
// key, the next deployment makes a new signature.
var sasSettings = downloadUrlMode != 'sas' ? {} : {
  DOWNLOAD_SAS: firmwareAccount.listServiceSas('2025-01-01', {
    canonicalizedResource: '/blob/${firmwareAccountName}/${releasesContainer}'
    signedResource: 'c'
    signedIdentifier: downloadPolicy
    signedProtocol: 'https'
  }).serviceSasToken
}

// Read by the exporter itself.
var collectorSettings = empty(otlpHeaders) ? {} : { OTEL_EXPORTER_OTLP_HEADERS: otlpHeaders }

var proxySettings = downloadUrlMode != 'proxy' ? {} : {
  DOWNLOAD_BASE_URL: 'https://${app.properties.defaultHostName}/api/downloads'
  DOWNLOAD_TOKEN_KEY: downloadTokenKey
}

resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'appsettings'
  properties: union(hostSettings, appSettings, options, collectorSettings, twinEventSettings, sasSettings, proxySettings)
}

// Anonymous requests pass here and are judged by the app: health probes, the events of storage, and devices that
// download through the proxy have no token. What matters is that a forged principal does not pass, and that a token
// is checked by the platform.
resource auth 'Microsoft.Web/sites/config@2024-11-01' = if (!empty(entraClientId)) {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    globalValidation: {
      requireAuthentication: false
      unauthenticatedClientAction: 'AllowAnonymous'
    }
    httpSettings: { requireHttps: true }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: entraClientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: { allowedAudiences: [entraClientId, 'api://${entraClientId}'] }
      }
    }
    login: { tokenStore: { enabled: false } }
  }
}

output url string = 'https://${app.properties.defaultHostName}'
