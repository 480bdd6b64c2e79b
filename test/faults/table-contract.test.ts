import { TableClient } from '@azure/data-tables';
import { afterAll } from 'vitest';
import { type RunningAzurite, startAzurite } from '../../local/azurite.ts';
import { tableContract } from './table-contract.ts';
import { TableDouble } from './table-double.ts';

let azurite: RunningAzurite | undefined;
afterAll(() => azurite?.close());

tableContract('the double', async () => new TableDouble().connect());

tableContract('Azurite', async () => {
  azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 }, host: '127.0.0.1' });
  const table = TableClient.fromConnectionString(azurite.connectionString, 'contract', {
    allowInsecureConnection: true,
  });
  await table.createTable();
  return table;
});
