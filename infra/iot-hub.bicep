// A new IoT Hub. What is NOT set here matters: disableDeviceSAS and disableLocalAuth would lock out DevKits, which
// sign in with a key, publicNetworkAccess 'Disabled' every device that is not in a virtual network, and minTlsVersion
// allows only a few cipher suites, which old devices may not have (IoT Hub takes no TLS below 1.2 anyway).

param location string
param tags object
param hubName string
param sku string
param units int
param identityId string

@description('Namespace of the event hub for twin changes. Empty: the built-in endpoint takes them.')
param eventHubsNamespace string
param eventHubName string

var endpointName = empty(eventHubsNamespace) ? 'events' : 'twin-changes'
// The built-in endpoint is there by itself; a custom one is reached with the hub's identity.
var customEndpoints = empty(eventHubsNamespace) ? [] : [
  {
    name: 'twin-changes'
    authenticationType: 'identityBased'
    endpointUri: 'sb://${eventHubsNamespace}.servicebus.windows.net'
    entityPath: eventHubName
    identity: { userAssignedIdentity: identityId }
  }
]

resource hub 'Microsoft.Devices/IotHubs@2023-06-30' = {
  name: hubName
  location: location
  tags: tags
  sku: {
    name: sku
    capacity: units
  }
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    eventHubEndpoints: {
      events: {
        retentionTimeInDays: sku == 'F1' ? 1 : 7
        partitionCount: sku == 'F1' ? 2 : 4
      }
    }
    routing: {
      endpoints: { eventHubs: customEndpoints }
      routes: [
        {
          name: 'firmware-reports'
          source: 'TwinChangeEvents'
          // Only changes that carry a report of firmware. The language has is_defined() for single values alone, so
          // it asks for the two members that reports of an update and of a start carry.
          condition: 'is_defined($body.properties.reported.firmware.fwUpdateStatus) OR is_defined($body.properties.reported.firmware.currentFwVersion)'
          endpointNames: [endpointName]
          isEnabled: true
        }
        {
          // New devices: a staged rollout gives them their tag at once instead of at its next turn.
          name: 'device-life-cycle'
          source: 'DeviceLifecycleEvents'
          condition: 'true'
          endpointNames: [endpointName]
          isEnabled: true
        }
      ]
      // Telemetry stays where it would be without any route: at the built-in endpoint.
      fallbackRoute: {
        name: 'telemetry'
        source: 'DeviceMessages'
        condition: 'true'
        endpointNames: ['events']
        isEnabled: true
      }
    }
  }
}
