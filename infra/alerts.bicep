// What somebody should hear of, each with what to do next. Rules over logs, and one over a metric of the namespace:
// an app that does not run writes no lines that a rule could read.

param location string
param tags object
param resourceToken string
param workspaceId string

@description('Event Hubs namespace of the twin changes. Empty: the built-in endpoint, whose reading nobody counts.')
param eventHubsNamespaceId string = ''
param alertEmail string = ''
param stuckDevicesAlert int

var actionGroupIds = empty(alertEmail) ? [] : [mail.id]

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'ag-${resourceToken}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'firmware'
    enabled: true
    emailReceivers: [
      {
        name: 'operator'
        emailAddress: alertEmail
        useCommonAlertSchema: true
      }
    ]
  }
}

module gateFailed 'alert-rule.bicep' = {
  name: 'alert-gate-failed'
  params: {
    location: location
    tags: tags
    name: 'alert-gate-failed-${resourceToken}'
    displayName: 'Firmware: A gate failed'
    description: 'A rollout was stopped or paused because too many of its devices failed. Look at its journal (GET /api/rollouts/{id}/journal) for the numbers.'
    severity: 1
    workspaceId: workspaceId
    actionGroupIds: actionGroupIds
    query: loadTextContent('queries/gate-failed.kql')
    column: 'Decisions'
    dimension: 'Rollout'
  }
}

module stuck 'alert-rule.bicep' = {
  name: 'alert-stuck-devices'
  params: {
    location: location
    tags: tags
    name: 'alert-stuck-devices-${resourceToken}'
    displayName: 'Firmware: Devices are stuck'
    description: 'Devices of a rollout stay in a working state for longer than its plan allows. GET /api/rollouts/{id}/devices?state=Downloading (or Verifying, Applying) lists them.'
    severity: 2
    workspaceId: workspaceId
    actionGroupIds: actionGroupIds
    query: loadTextContent('queries/stuck-devices.kql')
    column: 'Stuck'
    dimension: 'Rollout'
    threshold: stuckDevicesAlert
  }
}

module deadLetters 'alert-rule.bicep' = {
  name: 'alert-dead-letters'
  params: {
    location: location
    tags: tags
    name: 'alert-dead-letters-${resourceToken}'
    displayName: 'Firmware: Events were not understood'
    description: 'Twin changes are kept as dead letters and are missing from the counts. GET /api/dead-letters says why; they can be replayed after a fix.'
    severity: 2
    workspaceId: workspaceId
    actionGroupIds: actionGroupIds
    query: loadTextContent('queries/dead-letters.kql')
    column: 'DeadLetters'
    dimension: 'Partition'
  }
}

module poisonQueue 'alert-rule.bicep' = {
  name: 'alert-poison-queue'
  params: {
    location: location
    tags: tags
    name: 'alert-poison-queue-${resourceToken}'
    displayName: 'Firmware: A message was given up'
    description: 'A trigger failed over and over and parked its message in a poison queue. An upload (webjobs-blobtrigger-poison) is tried again by the sweep, and its lines upload-failed say what is wrong; an event of a webhook stays in the poison queue: the exceptions in the workbook say why.'
    severity: 2
    workspaceId: workspaceId
    actionGroupIds: actionGroupIds
    query: loadTextContent('queries/poison-queue.kql')
    column: 'Messages'
    dimension: 'Queue'
  }
}

module ingestLag 'alert-rule.bicep' = {
  name: 'alert-ingest-lag'
  params: {
    location: location
    tags: tags
    name: 'alert-ingest-lag-${resourceToken}'
    displayName: 'Firmware: Recording is behind'
    description: 'Twin changes are recorded later than ten minutes after the hub sent them: gates judge by old numbers. See docs/scale.md for what limits it.'
    severity: 2
    workspaceId: workspaceId
    actionGroupIds: actionGroupIds
    query: loadTextContent('queries/ingest-lag.kql')
    column: 'LagSeconds'
    dimension: 'Partition'
    threshold: 600
  }
}

module drift 'alert-rule.bicep' = {
  name: 'alert-ledger-drift'
  params: {
    location: location
    tags: tags
    name: 'alert-ledger-drift-${resourceToken}'
    displayName: 'Firmware: Counts were wrong'
    description: 'The recount found counts that differ from the devices and put them right where it could. That must not happen: please report it.'
    severity: 1
    workspaceId: workspaceId
    actionGroupIds: actionGroupIds
    query: loadTextContent('queries/ledger-drift.kql')
    column: 'Drifts'
    dimension: 'Rollout'
  }
}

module functionFailures 'alert-rule.bicep' = {
  name: 'alert-function-failures'
  params: {
    location: location
    tags: tags
    name: 'alert-function-failures-${resourceToken}'
    displayName: 'Firmware: Functions fail'
    description: 'A function failed more than five times in a quarter of an hour. Its exceptions are in the workbook under Function health.'
    severity: 2
    workspaceId: workspaceId
    actionGroupIds: actionGroupIds
    query: loadTextContent('queries/function-failures.kql')
    column: 'Failures'
    dimension: 'Function'
    threshold: 5
  }
}

module nearQuota 'alert-rule.bicep' = {
  name: 'alert-configurations-near-quota'
  params: {
    location: location
    tags: tags
    name: 'alert-configurations-near-quota-${resourceToken}'
    displayName: 'Firmware: The hub is running out of configurations'
    description: 'No rollout can start when the hub holds as many configurations as its tier allows: retire rollouts that are over.'
    severity: 2
    workspaceId: workspaceId
    actionGroupIds: actionGroupIds
    query: loadTextContent('queries/configurations-near-quota.kql')
    column: 'Configurations'
    dimension: 'Quota'
    every: 'PT15M'
    window: 'PT1H'
  }
}

// Sent but not read: the app is down, or may not read.
resource notRead 'Microsoft.Insights/metricAlerts@2018-03-01' = if (!empty(eventHubsNamespaceId)) {
  name: 'alert-twin-changes-not-read-${resourceToken}'
  location: 'global'
  tags: tags
  properties: {
    description: 'The hub sends twin changes and nobody reads them. Look at GET /api/health/ready, and whether the function twins-changed runs.'
    severity: 1
    enabled: true
    scopes: [eventHubsNamespaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT30M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'sent'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'IncomingMessages'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 0
        }
        {
          name: 'not-read'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'OutgoingMessages'
          timeAggregation: 'Total'
          operator: 'LessThanOrEqual'
          threshold: 0
        }
      ]
    }
    actions: empty(alertEmail) ? [] : [
      {
        actionGroupId: mail.id
      }
    ]
  }
}
