// What the hub logs, into the workspace. A module of its own, since the hub may be in another resource group.

param hubName string
param workspaceId string

@description('Also log each connection and each twin operation of each device. It is what shows why one device does not answer, and costs about a kilobyte for each.')
param logEveryDevice bool

// Written for each step of a rollout, whatever the size of the fleet.
var ofTheHub = [
  {
    category: 'Configurations'
    enabled: true
  }
  {
    category: 'TwinQueries'
    enabled: true
  }
  {
    category: 'Routes'
    enabled: true
  }
]

// Written by each device.
var ofDevices = [
  {
    category: 'Connections'
    enabled: logEveryDevice
  }
  {
    category: 'D2CTwinOperations'
    enabled: logEveryDevice
  }
  {
    category: 'C2DTwinOperations'
    enabled: logEveryDevice
  }
]

resource hub 'Microsoft.Devices/IotHubs@2023-06-30' existing = {
  name: hubName
}

resource hubLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'firmware-ota'
  scope: hub
  properties: {
    workspaceId: workspaceId
    logs: concat(ofTheHub, ofDevices)
  }
}
