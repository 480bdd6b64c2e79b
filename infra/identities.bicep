// Two identities, so that neither can do what the other may: the app's, and the one by which IoT Hub writes to the
// event hub. User-assigned, because their rights have to be there before the app and the hub are.

param location string
param tags object
param appIdentityName string
param hubIdentityName string

resource appIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: appIdentityName
  location: location
  tags: tags
}

resource hubIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: hubIdentityName
  location: location
  tags: tags
}

output appIdentityId string = appIdentity.id
output appClientId string = appIdentity.properties.clientId
output appPrincipalId string = appIdentity.properties.principalId
output hubIdentityId string = hubIdentity.id
output hubPrincipalId string = hubIdentity.properties.principalId
