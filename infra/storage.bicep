// Two accounts. The host's has no account keys at all. The firmware account keeps its keys only where download URLs
// are signed with one (`sas`), and allows public blobs only where they are what devices download (`public`).

param location string
param tags object
param firmwareAccountName string
param hostAccountName string
param firmwareContainer string
param releasesContainer string

@allowed(['sas', 'public', 'proxy'])
param downloadUrlMode string
param appPrincipalId string
param uploaderId string
param uploaderType string

var roles = loadJsonContent('roles.json')
var packageContainerName = 'app-package'
var isPublic = downloadUrlMode == 'public'

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: hostAccountName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource hostBlobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: hostAccount
  name: 'default'
}

// The deployed package; the plan starts new instances from it.
resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: hostBlobs
  name: packageContainerName
  properties: { publicAccess: 'None' }
}

resource firmwareAccount 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: firmwareAccountName
  location: location
  tags: tags
  kind: 'StorageV2'
  // Releases and the record of every device: three zones, where the host's account can be made anew.
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowSharedKeyAccess: downloadUrlMode == 'sas'
    allowBlobPublicAccess: isPublic
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource firmwareBlobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: firmwareAccount
  name: 'default'
  properties: {
    // An image that is deleted by mistake, a release above all, can be brought back.
    deleteRetentionPolicy: { enabled: true, days: 14 }
    containerDeleteRetentionPolicy: { enabled: true, days: 14 }
  }
}

resource firmware 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: firmwareBlobs
  name: firmwareContainer
  properties: { publicAccess: 'None' }
}

// `Blob`: who knows a URL can read it, nobody can list them.
resource releases 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: firmwareBlobs
  name: releasesContainer
  properties: { publicAccess: isPublic ? 'Blob' : 'None' }
}

resource appHostBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: hostAccount
  name: guid(hostAccount.id, appPrincipalId, roles.storageBlobDataOwner.id)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataOwner.id)
  }
}

resource appHostQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: hostAccount
  name: guid(hostAccount.id, appPrincipalId, roles.storageQueueDataContributor.id)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageQueueDataContributor.id)
  }
}

resource appFirmwareBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: firmwareAccount
  name: guid(firmwareAccount.id, appPrincipalId, roles.storageBlobDataOwner.id)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataOwner.id)
  }
}

resource appFirmwareQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: firmwareAccount
  name: guid(firmwareAccount.id, appPrincipalId, roles.storageQueueDataContributor.id)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageQueueDataContributor.id)
  }
}

resource appFirmwareTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: firmwareAccount
  name: guid(firmwareAccount.id, appPrincipalId, roles.storageTableDataContributor.id)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageTableDataContributor.id)
  }
}

// Who deploys may drop images, and nothing more.
resource uploaderFirmware 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(uploaderId)) {
  scope: firmware
  name: guid(firmware.id, uploaderId, roles.storageBlobDataContributor.id)
  properties: {
    principalId: uploaderId
    principalType: uploaderType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataContributor.id)
  }
}

output packageContainer string = '${hostAccount.properties.primaryEndpoints.blob}${packages.name}'
// Name of the stored access policy of the releases container; a hook makes it, Bicep has no type for one.
output downloadPolicy string = 'devices'
