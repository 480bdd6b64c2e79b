import type { TableSchema } from './kql-parser.ts';

/**
 * The tables of a Log Analytics workspace that the queries use, with the columns that they may rely on.
 * Source: the table reference of Azure Monitor, https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces
 * and its neighbours.
 */
export const workspaceTables: Readonly<Record<string, TableSchema>> = {
  AppTraces: {
    TimeGenerated: 'datetime',
    Message: 'string',
    SeverityLevel: 'int',
    Properties: 'dynamic',
    OperationId: 'string',
    OperationName: 'string',
    AppRoleInstance: 'string',
    ItemCount: 'int',
  },
  AppRequests: {
    TimeGenerated: 'datetime',
    Name: 'string',
    Success: 'bool',
    ResultCode: 'string',
    DurationMs: 'real',
    OperationId: 'string',
    OperationName: 'string',
    Properties: 'dynamic',
    ItemCount: 'int',
  },
  AppExceptions: {
    TimeGenerated: 'datetime',
    ExceptionType: 'string',
    OuterMessage: 'string',
    InnermostMessage: 'string',
    SeverityLevel: 'int',
    OperationId: 'string',
    OperationName: 'string',
    Properties: 'dynamic',
    ItemCount: 'int',
  },
  AzureDiagnostics: {
    TimeGenerated: 'datetime',
    ResourceProvider: 'string',
    ResourceId: 'string',
    Category: 'string',
    OperationName: 'string',
    Level: 'string',
    ResultType: 'string',
    ResultDescription: 'string',
  },
};
