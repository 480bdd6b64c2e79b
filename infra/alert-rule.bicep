// A rule over logs: `column` of the query's rows against a limit, for each value of `dimension`. A rule resolves by
// itself when a later evaluation finds nothing.

param location string
param tags object
param name string
param displayName string
param description string

@allowed([0, 1, 2, 3, 4])
param severity int
param workspaceId string
param actionGroupIds array
param query string

@description('Column of numbers; the largest of them is compared.')
param column string

@description('Column by which rows are told apart, each alert naming its value.')
param dimension string

@description('An alert as soon as the value is greater.')
param threshold int = 0

@description('How often it is evaluated and how far it looks back, ISO 8601.')
param every string = 'PT5M'
param window string = 'PT15M'

resource rule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: name
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: displayName
    description: description
    severity: severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: every
    windowSize: window
    autoMitigate: true
    // The tables of Application Insights come with its first line: until then the query would not validate.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: query
          timeAggregation: 'Maximum'
          metricMeasureColumn: column
          dimensions: [
            {
              name: dimension
              operator: 'Include'
              values: ['*']
            }
          ]
          operator: 'GreaterThan'
          threshold: threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: { actionGroups: actionGroupIds }
  }
}
