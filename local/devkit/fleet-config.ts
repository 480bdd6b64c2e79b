import { z } from 'zod';
import { FAULT_NAMES } from './fault-profiles.ts';

/** What the process of a fleet is told at its start, as JSON. */
const FleetConfig = z.strictObject({
  devices: z.array(
    z.strictObject({
      connectionString: z.string(),
      faults: z.enum(FAULT_NAMES).default('none'),
      /** Where it differs from the fleet's. */
      runningVersion: z.string().optional(),
    }),
  ),
  /** PEM text. */
  ca: z.string().optional(),
  runningVersion: z.string(),
  deviceType: z.string().optional(),
  speed: z.number().positive(),
  /** Decides when devices poll and how long they wait before they connect again. */
  seed: z.int().default(1),
});

export type FleetConfig = z.infer<typeof FleetConfig>;

/** A configuration that a fleet cannot start with; names the places that are wrong, never their values. */
export class FleetConfigError extends Error {
  readonly code = 'FLEET_CONFIG';

  constructor(why: string, cause?: unknown) {
    super(`The configuration of the fleet is wrong: ${why}`, { cause });
    this.name = 'FleetConfigError';
  }
}

/** Checks a configuration that came from another process or a file. Throws `FleetConfigError`. */
export function parseFleetConfig(value: unknown): FleetConfig {
  const parsed = FleetConfig.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'all'}: ${issue.message}`);
  throw new FleetConfigError(issues.join('; '));
}
