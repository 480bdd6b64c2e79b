// What the app may do on the hub, new or existing, and its consumer group on the built-in endpoint. No built-in role
// fits: those for the registry and for twins do not cover configurations, and the contributor's also covers the
// keys of every device.

param hubName string
param resourceToken string
param appPrincipalId string

@description('Consumer group on the built-in endpoint. Empty: the app reads an event hub of its own.')
param builtInConsumerGroup string

var roles = loadJsonContent('roles.json')
var groupId = resourceGroup().id

resource hub 'Microsoft.Devices/IotHubs@2023-06-30' existing = {
  name: hubName
}

resource hubRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(groupId, resourceToken, 'firmware-ota')
  properties: {
    // Names of roles are unique in a tenant.
    roleName: '${roles.iotHubFirmwareOta.name} (${resourceToken})'
    description: roles.iotHubFirmwareOta.why
    type: 'CustomRole'
    assignableScopes: [groupId]
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: roles.iotHubFirmwareOta.dataActions
        notDataActions: []
      }
    ]
  }
}

resource appOnHub 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: hub
  name: guid(hub.id, appPrincipalId, hubRole.id)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: hubRole.id
  }
}

resource builtInGroup 'Microsoft.Devices/IotHubs/eventHubEndpoints/ConsumerGroups@2023-06-30' = if (!empty(builtInConsumerGroup)) {
  name: '${hubName}/events/${empty(builtInConsumerGroup) ? 'none' : builtInConsumerGroup}'
  properties: { name: builtInConsumerGroup }
}

output hubId string = hub.id
