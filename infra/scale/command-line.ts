import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { builtInPlans } from '../../src/shared/rollout/built-in-plans.ts';
import { parsePlan, type Plan } from '../../src/shared/rollout/plan.ts';
import { describeSetting } from '../../src/shared/setting-descriptions.ts';
import { meters, type Prices } from './cost-drivers.ts';
import { tiers } from './documented-limits.ts';
import type { Fleet } from './fleet-plan.ts';

export const USAGE = `Usage: npm run scale -- --devices N [options]

What a rollout to N devices takes on Azure as far as documented limits decide, and what it makes Azure count.

  --devices N           devices of the fleet
  --tier TIER           ${tiers.join(', ')} (S1)
  --units N             units of the hub (1)
  --plan NAME           all-at-once, careful, or the path of a plan's JSON file (careful)
  --image-kb N          size of the image in kB (300)
  --partitions N        partitions of the event hub, 1 to 32 (4)
  --throughput-units N  of the Event Hubs namespace, 1 to 40 (1)
  --tags-per-second N   TWIN_UPDATES_PER_SECOND (${describeSetting('TWIN_UPDATES_PER_SECOND').default})
  --prices FILE         JSON: price of each of ${meters.join(', ')}
  --json                the whole plan as one JSON document
`;

/** The command line is wrong; the message says what to give. */
export class UsageError extends Error {
  readonly code = 'usage';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UsageError';
  }
}

export type ScaleCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'plan'; readonly fleet: Fleet; readonly prices: Prices; readonly json: boolean };

/** Reads the arguments and the files that they name; throws UsageError. */
export function readCommandLine(args: readonly string[]): ScaleCommand {
  const values = parsed(args);
  if (values.help) return { kind: 'help' };
  const whole = (name: keyof typeof values, min: number, max: number) =>
    wholeNumber(`--${name}`, values[name], min, max);
  const tier = tiers.find((known) => known === values.tier?.toUpperCase());
  if (!tier) throw new UsageError(`--tier is one of ${tiers.join(', ')}`);
  return {
    kind: 'plan',
    json: values.json ?? false,
    prices: values.prices === undefined ? {} : readPrices(values.prices),
    fleet: {
      devices: whole('devices', 1, 100_000_000),
      tier,
      units: whole('units', 1, 10_000),
      partitions: whole('partitions', 1, 32),
      throughputUnits: whole('throughput-units', 1, 40),
      tagsPerSecond: whole('tags-per-second', 1, 1000),
      imageBytes: whole('image-kb', 1, 100_000) * 1000,
      planName: values.plan ?? '',
      plan: readPlan(values.plan ?? ''),
    },
  };
}

function parsed(args: readonly string[]) {
  const text = (fallback?: string) =>
    fallback === undefined ? ({ type: 'string' } as const) : ({ type: 'string', default: fallback } as const);
  try {
    return parseArgs({
      args: [...args],
      options: {
        devices: text(),
        tier: text('S1'),
        units: text('1'),
        plan: text('careful'),
        'image-kb': text('300'),
        partitions: text('4'),
        'throughput-units': text('1'),
        'tags-per-second': text(describeSetting('TWIN_UPDATES_PER_SECOND').default),
        prices: text(),
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function wholeNumber(name: string, text: string | boolean | undefined, min: number, max: number): number {
  const value = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${name} is a whole number from ${min} to ${max}`);
}

function readPlan(name: string): Plan {
  if (name === 'all-at-once' || name === 'careful') return builtInPlans[name];
  const plan = parsePlan(readText(name));
  if (plan.ok) return plan.plan;
  throw new UsageError(`${name}: ${plan.path ? `${plan.path}: ` : ''}${plan.message}`);
}

const priceFile = z.strictObject(
  Object.fromEntries(meters.map((meter) => [meter, z.number().nonnegative().optional()])),
);

function readPrices(path: string): Prices {
  try {
    return priceFile.parse(JSON.parse(readText(path)));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new UsageError(`${path} is no price file: ${reason}`, { cause: error });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}
