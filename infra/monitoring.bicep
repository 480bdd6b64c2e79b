// Where logs go, who may write them, the workbook that shows them and the rules that watch them. Signing in with a
// key is off: the app writes by its identity. docs/telemetry.md says what can be seen.

param location string
param tags object
param resourceToken string

@description('Identity of the app: writes to Application Insights.')
param appPrincipalId string

@description('Resource id of the IoT Hub, new or existing: the workbook links to it.')
param hubId string

@description('Resource id of the Event Hubs namespace. Empty with the built-in endpoint: nobody can see there that events are not read.')
param eventHubsNamespaceId string = ''

@description('Where alerts are sent. Empty: they are only shown in the portal.')
param alertEmail string = ''

@description('More stuck devices than this in one rollout are an alert.')
param stuckDevicesAlert int

@description('Days that logs are kept; 30 cost nothing extra.')
@minValue(30)
@maxValue(730)
param retentionDays int = 30

@description('Gigabytes a day at which the workspace takes no more until the next day. -1: no limit.')
param dailyQuotaGb int = 5

var roles = loadJsonContent('roles.json')

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-${resourceToken}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb }
    // Who may read a resource may read its logs.
    features: { enableLogAccessUsingOnlyResourcePermissions: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${resourceToken}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource appWrites 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, appPrincipalId, roles.monitoringMetricsPublisher.id)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher.id)
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspace.id, 'firmware-ota')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Firmware over the air'
    category: 'workbook'
    version: 'Notebook/1.0'
    sourceId: workspace.id
    serializedData: replace(replace(loadTextContent('workbook.json'), '__WORKSPACE_ID__', workspace.id), '__HUB_ID__', hubId)
  }
}

module alerts 'alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    tags: tags
    resourceToken: resourceToken
    workspaceId: workspace.id
    eventHubsNamespaceId: eventHubsNamespaceId
    alertEmail: alertEmail
    stuckDevicesAlert: stuckDevicesAlert
  }
}

output workspaceId string = workspace.id
// No secret: with keys off it says only where to send.
output applicationInsightsConnectionString string = insights.properties.ConnectionString
