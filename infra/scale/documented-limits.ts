/** Tiers that a rollout can use: automatic device configurations need the free or a standard tier. */
export const tiers = ['F1', 'S1', 'S2', 'S3'] as const;
export type Tier = (typeof tiers)[number];

/** What a hub of a tier with a number of units allows; rates are a second. */
export interface HubLimits {
  readonly devices: number;
  readonly maxUnits: number;
  readonly messagesADay: number;
  readonly twinUpdates: number;
  readonly twinReads: number;
  readonly newConnections: number;
  readonly configurationCalls: number;
  readonly configurations: number;
}

/** Where each limit stands. Read in November 2026; Azure changes them. */
export const sources = {
  iotHub: 'https://learn.microsoft.com/azure/iot-hub/iot-hub-devguide-quotas-throttling',
  hubTiers: 'https://learn.microsoft.com/azure/iot-hub/iot-hub-scaling',
  eventHubs: 'https://learn.microsoft.com/azure/event-hubs/event-hubs-scalability',
  tables: 'https://learn.microsoft.com/azure/storage/tables/scalability-targets',
  blobs: 'https://learn.microsoft.com/azure/storage/blobs/scalability-targets',
  account: 'https://learn.microsoft.com/azure/storage/common/scalability-targets-standard-account',
} as const;

/** Limits of IoT Hub, see `sources.iotHub` and `sources.hubTiers`. */
export function hubLimits(tier: Tier, units: number): HubLimits {
  const shared = { devices: 1_000_000, configurations: 100, configurationCalls: units / 3 };
  switch (tier) {
    case 'F1':
      return {
        ...s1Rates(units),
        devices: 500,
        maxUnits: 1,
        messagesADay: 8000,
        configurations: 10,
        configurationCalls: units / 3,
      };
    case 'S1':
      return { ...shared, ...s1Rates(units), maxUnits: 200, messagesADay: 400_000 * units };
    case 'S2':
      return {
        ...shared,
        maxUnits: 200,
        messagesADay: 6_000_000 * units,
        twinUpdates: Math.max(50, 5 * units),
        twinReads: Math.max(100, 10 * units),
        newConnections: 120 * units,
      };
    case 'S3':
      return {
        ...shared,
        maxUnits: 10,
        messagesADay: 300_000_000 * units,
        twinUpdates: 250 * units,
        twinReads: 500 * units,
        newConnections: 6000 * units,
      };
  }
}

/** Twin rates of the free tier and of S1 do not grow with the units. */
function s1Rates(units: number) {
  return { twinUpdates: 50, twinReads: 100, newConnections: Math.max(100, 12 * units) };
}

/** A throughput unit of Event Hubs takes this many events a second (of up to 1 KB in the mean). */
export const EVENTS_A_THROUGHPUT_UNIT = 1000;
/** Entities a second of one partition of a table, and of all tables of an account (of up to 1 KiB). */
export const ENTITIES_A_TABLE_PARTITION = 2000;
export const ENTITIES_AN_ACCOUNT = 20_000;
/** All devices download the same blob. */
export const REQUESTS_A_BLOB = 500;
/** Bits a second out of a standard account, at least. */
export const EGRESS_AN_ACCOUNT = 50_000_000_000;
