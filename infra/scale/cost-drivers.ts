import { assumptions } from './assumptions.ts';
import type { Fleet } from './fleet-plan.ts';

/** What Azure counts and bills; the names of the prices in a price file. */
export const meters = [
  'hubUnitDays',
  'throughputUnitHours',
  'eventHubsMillionEvents',
  'tableTenThousandTransactions',
  'blobTenThousandReads',
  'egressGigabytes',
  'functionMillionExecutions',
] as const;
export type Meter = (typeof meters)[number];

export interface CostDriver {
  readonly meter: Meter;
  readonly quantity: number;
  /** How the quantity comes about. */
  readonly arithmetic: string;
  /** Quantity x price, where a price was given. */
  readonly cost?: number;
}

export type Prices = Partial<Record<Meter, number>>;

const DAYS_A_MONTH = 30;

/**
 * What a month with one rollout to the whole fleet makes Azure count. Prices are the reader's: they differ by
 * region, by agreement and by year. Storage of rows and log lines, and compute seconds of the functions, are
 * left out: they depend on the fleet's habits more than on its size.
 */
export function costDrivers(fleet: Fleet, prices: Prices = {}): readonly CostDriver[] {
  const { devices, units, throughputUnits, imageBytes } = fleet;
  const events = devices * assumptions.eventsADevice;
  const ledgerRequests = (events * assumptions.tableRequestsPer1000Events) / 1000;
  const timerCalls = assumptions.timerCallsADay * DAYS_A_MONTH;
  const fullBatches = Math.ceil(events / assumptions.eventsACall);
  const drivers: readonly Omit<CostDriver, 'cost'>[] = [
    { meter: 'hubUnitDays', quantity: units * DAYS_A_MONTH, arithmetic: `${DAYS_A_MONTH} days x ${units}` },
    {
      meter: 'throughputUnitHours',
      quantity: throughputUnits * 24 * DAYS_A_MONTH,
      arithmetic: `${24 * DAYS_A_MONTH} hours x ${throughputUnits}`,
    },
    {
      meter: 'eventHubsMillionEvents',
      quantity: events / 1e6,
      arithmetic: `${devices} devices x ${assumptions.eventsADevice} twin changes`,
    },
    {
      meter: 'tableTenThousandTransactions',
      quantity: (ledgerRequests + timerCalls * TABLE_REQUESTS_A_TIMER_CALL) / 10_000,
      arithmetic: `${assumptions.tableRequestsPer1000Events} for 1,000 events, and ${TABLE_REQUESTS_A_TIMER_CALL} for each of ${timerCalls} timer calls`,
    },
    { meter: 'blobTenThousandReads', quantity: devices / 10_000, arithmetic: 'one download a device' },
    {
      meter: 'egressGigabytes',
      quantity: (devices * imageBytes) / 1e9,
      arithmetic: `${devices} devices x ${imageBytes} bytes`,
    },
    {
      meter: 'functionMillionExecutions',
      quantity: (fullBatches + timerCalls) / 1e6,
      arithmetic: `full batches of ${assumptions.eventsACall} events, and ${timerCalls} timer calls`,
    },
  ];
  return drivers.map((driver) => {
    const price = prices[driver.meter];
    return price === undefined ? driver : { ...driver, cost: driver.quantity * price };
  });
}

/** The judge reads the list of rollouts and, for each live one, counts of its shards. */
const TABLE_REQUESTS_A_TIMER_CALL = 10;
