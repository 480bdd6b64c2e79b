// Phase two, once the code runs: tells the app of each upload. The endpoint and its key exist only after the first
// deployment, so the hook after `azd deploy` applies this file (infra/hooks/blob-events).

param functionAppName string
param firmwareAccountName string
param firmwareContainer string
param location string = resourceGroup().location

// Of the trigger in src/functions/firmware-uploaded.ts.
var functionName = 'firmware-uploaded'

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: functionAppName
}

resource firmwareAccount 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: firmwareAccountName
}

resource blobEvents 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'evgt-${firmwareAccountName}'
  location: location
  properties: {
    source: firmwareAccount.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

resource uploads 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: blobEvents
  name: 'firmware-uploaded'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: 'https://${app.properties.defaultHostName}/runtime/webhooks/blobs?functionName=Host.Functions.${functionName}&code=${listKeys('${app.id}/host/default', '2024-11-01').systemKeys.blobs_extension}'
        maxEventsPerBatch: 1
      }
    }
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated']
      // With the slash: without it a container `firmware-old` would match as well.
      subjectBeginsWith: '/blobServices/default/containers/${firmwareContainer}/'
      subjectEndsWith: '.bin'
      isSubjectCaseSensitive: false
    }
    // What is lost after a day of tries is found by the sweep of the app, every five minutes.
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
  }
}
