import { describe, expect, it } from 'vitest';
import { Claims } from '../../../local/event-hubs/claims.ts';
import { parseEntityAddress } from '../../../local/event-hubs/entity-address.ts';

describe('the address of a link', () => {
  it.each([
    ['$cbs', { node: 'cbs' }],
    ['$management', { node: 'management' }],
    ['twins/$management', { node: 'management' }],
    ['twins', { node: 'hub', hub: 'twins' }],
    ['twins/Partitions/3', { node: 'partition', hub: 'twins', partitionId: '3' }],
    [
      'twins/ConsumerGroups/$Default/Partitions/0',
      { node: 'consumerGroup', hub: 'twins', consumerGroup: '$Default', partitionId: '0' },
    ],
    // .NET writes a leading slash, Python the whole URL.
    ['/twins/Partitions/3', { node: 'partition', hub: 'twins', partitionId: '3' }],
    [
      'amqps://localhost:5671/twins/ConsumerGroups/ingest/Partitions/1',
      { node: 'consumerGroup', hub: 'twins', consumerGroup: 'ingest', partitionId: '1' },
    ],
  ])('leads %s to its node', (address, expected) => {
    expect(parseEntityAddress(address)).toMatchObject(expected);
  });
});

describe('claims', () => {
  const now = new Date(1000);
  const later = new Date(2000);

  it('cover the entity of the token and everything under it', () => {
    const claims = new Claims();
    claims.grant('sb://localhost:1234/Twins', later);
    expect(claims.allows('twins', now)).toBe(true);
    expect(claims.allows('twins/ConsumerGroups/ingest/Partitions/1', now)).toBe(true);
    expect(claims.allows('twins2', now)).toBe(false);
    expect(claims.allows('other', now)).toBe(false);
  });

  it('do not reach above the entity of the token', () => {
    const claims = new Claims();
    claims.grant('sb://localhost/twins/Partitions/1', later);
    expect(claims.allows('twins/Partitions/1', now)).toBe(true);
    expect(claims.allows('twins/Partitions/10', now)).toBe(false);
    expect(claims.allows('twins', now)).toBe(false);
  });

  it('cover everything for a token of the namespace', () => {
    const claims = new Claims();
    claims.grant('sb://localhost/', later);
    expect(claims.allows('twins/$management', now)).toBe(true);
  });

  it('end with the token', () => {
    const claims = new Claims();
    claims.grant('sb://localhost/twins', later);
    expect(claims.allows('twins', later)).toBe(false);
  });
});
