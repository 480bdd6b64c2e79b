import { describe, expect, test } from 'vitest';
import { connectionString, expandSettings } from '../../../local/function-host/settings-expansion.ts';

describe('settings in bindings', () => {
  test('%NAME% is replaced wherever it stands', () => {
    expect(expandSettings('%A%/x-%B%', { A: 'one', B: 'two' })).toBe('one/x-two');
    expect(expandSettings('no percent', {})).toBe('no percent');
  });

  test('a missing one is named', () => {
    expect(() => expandSettings('%A%/%MISSING%', { A: 'one' })).toThrow('"MISSING" is missing');
  });

  test('a connection is the setting itself or the one with the prefix AzureWebJobs', () => {
    expect(connectionString('Hub', { Hub: 'direct', AzureWebJobsHub: 'prefixed' })).toBe('direct');
    expect(connectionString('Hub', { AzureWebJobsHub: 'prefixed' })).toBe('prefixed');
  });

  test('an identity-based connection and none at all are told apart', () => {
    const settings = { Hub__fullyQualifiedNamespace: 'x.servicebus.windows.net' };
    expect(() => connectionString('Hub', settings)).toThrow('identity-based (Hub__fullyQualifiedNamespace)');
    expect(() => connectionString('Hub', {})).toThrow('The app setting "Hub" is missing');
  });
});
