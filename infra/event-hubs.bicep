// Receives what the hub tells of twins and identities. A namespace of its own, because IoT Hub's built-in endpoint
// takes no identity. Keys are off: the hub sends and the app receives by identity.

param location string
param tags object
param namespaceName string
param eventHubName string
param consumerGroup string
param partitions int
param appPrincipalId string
param hubPrincipalId string

var roles = loadJsonContent('roles.json')

// Standard: Basic has no consumer group of its own for the app and keeps events for a day only.
resource eventHubs 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: namespaceName
  location: location
  tags: tags
  sku: {
    name: 'Standard'
    tier: 'Standard'
    capacity: 1
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    // A large rollout is told in bursts: units are added by themselves, and not taken away by themselves.
    isAutoInflateEnabled: true
    maximumThroughputUnits: 4
  }
}

resource twinChanges 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = {
  parent: eventHubs
  name: eventHubName
  properties: {
    partitionCount: partitions
    // The most that Standard keeps, at no extra cost: an app that is down for a week misses nothing.
    retentionDescription: {
      cleanupPolicy: 'Delete'
      retentionTimeInHours: 168
    }
  }
}

resource appGroup 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = {
  parent: twinChanges
  name: consumerGroup
}

resource appReceives 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: twinChanges
  name: guid(twinChanges.id, appPrincipalId, roles.eventHubsDataReceiver.id)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.eventHubsDataReceiver.id)
  }
}

resource hubSends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: twinChanges
  name: guid(twinChanges.id, hubPrincipalId, roles.eventHubsDataSender.id)
  properties: {
    principalId: hubPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.eventHubsDataSender.id)
  }
}
