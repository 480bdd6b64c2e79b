/** What a link of a client leads to. */
export type EntityAddress =
  | { node: 'cbs' }
  | { node: 'management' }
  | { node: 'consumerGroup'; path: string; hub: string; consumerGroup: string; partitionId: string }
  | { node: 'partition'; path: string; hub: string; partitionId: string }
  | { node: 'hub'; path: string; hub: string };

const CONSUMER_GROUP = /^([^/]+)\/consumergroups\/([^/]+)\/partitions\/([^/]+)$/i;
const PARTITION = /^([^/]+)\/partitions\/([^/]+)$/i;

/** Parses a link's address. Some SDKs write the path only, others a leading slash or the whole URL. */
export function parseEntityAddress(address: string): EntityAddress {
  const path = entityPath(address);
  if (path === '$cbs') return { node: 'cbs' };
  if (path === '$management' || path.endsWith('/$management')) return { node: 'management' };
  const [, groupHub, consumerGroup, groupPartition] = CONSUMER_GROUP.exec(path) ?? [];
  if (groupHub !== undefined && consumerGroup !== undefined && groupPartition !== undefined) {
    return { node: 'consumerGroup', path, hub: groupHub, consumerGroup, partitionId: groupPartition };
  }
  const [, hub, partitionId] = PARTITION.exec(path) ?? [];
  if (hub !== undefined && partitionId !== undefined) return { node: 'partition', path, hub, partitionId };
  return { node: 'hub', path, hub: path };
}

/** The path of an address or of a token's resource: without scheme, host and outer slashes. */
export function entityPath(address: string): string {
  return address.replace(/^[a-z]+:\/\/[^/]*/i, '').replaceAll(/^\/+|\/+$/g, '');
}
