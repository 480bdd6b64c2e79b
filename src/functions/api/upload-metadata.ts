import * as z from 'zod';

/** Blob metadata travels in HTTP headers: printable ASCII, and 8 KiB in all (documented limit). */
const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII, as blob metadata is');

const labels = z
  .string()
  .max(4096, 'must be at most 4096 characters')
  .transform((json, context): Record<string, string> => {
    const parsed = labelMap.safeParse(parsedJson(json));
    if (parsed.success) return parsed.data;
    context.addIssue({
      code: 'custom',
      message:
        'must be a JSON object of names (letters, digits and _, at most 64) and values in printable ASCII',
    });
    return z.NEVER;
  });

const labelMap = z.record(z.string().regex(/^[a-z_]\w{0,63}$/i), text(128));

function parsedJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Refused by the schema with words of its own.
    return undefined;
  }
}

/** What an upload may ask for: the blob metadata of the same meaning. Admission judges the values. */
export const uploadQuery = z.strictObject({
  version: text(64).optional().meta({ description: 'Default: the last dotted number in the name.' }),
  deviceType: text(64).optional().meta({ description: 'What devices report as `firmware.type`.' }),
  plan: text(64)
    .optional()
    .meta({ description: 'How it is rolled out.', examples: ['careful'] }),
  targetCondition: text(4096).optional().meta({ description: "Which devices; default: the plan's." }),
  priority: z
    .string()
    .regex(/^\d{1,10}$/, 'must be a whole number')
    .optional()
    .meta({ description: 'Of the configuration.' }),
  dryRun: z
    .literal('true', 'must be true')
    .optional()
    .meta({ description: 'Check and report, release nothing.' }),
  labels: labels.optional().meta({
    description: 'Labels of the configuration, a JSON object of texts.',
    examples: ['{"team":"field"}'],
  }),
});

/** The metadata that a person would set in a storage tool. */
export function uploadMetadata(query: z.output<typeof uploadQuery>): Record<string, string> {
  const given = {
    fwversion: query.version,
    devicetype: query.deviceType,
    plan: query.plan,
    targetcondition: query.targetCondition,
    priority: query.priority,
    dryrun: query.dryRun,
    ...Object.fromEntries(
      Object.entries(query.labels ?? {}).map(([name, value]) => [`label_${name}`, value]),
    ),
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
