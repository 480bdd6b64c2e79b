import * as z from 'zod';
import { isFirmware } from '../../shared/firmware/upload.ts';
import type { Admission } from '../../shared/firmware/admission.ts';
import { json, operation } from '../../shared/http/operation.ts';
import { ProblemError } from '../../shared/http/problem.ts';
import { type Route, route } from '../../shared/http/route.ts';
import { type DryRun, dryRun } from '../../shared/rollout/dry-run.ts';
import type { Forecast } from '../../shared/rollout/forecast.ts';
import { unreachedReasons } from '../../shared/rollout/unreached.ts';

export const dryRunBody = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .max(1024)
      .refine(isFirmware, 'must end with .bin: nothing else is firmware')
      .meta({ description: 'In the container that images are dropped into.' }),
  })
  .meta({ id: 'DryRunRequest' });

export const forecast = z
  .object({
    deviceType: z.string(),
    version: z.string(),
    plan: z.string(),
    priority: z.int(),
    targetCondition: z.string(),
    size: z.int().meta({ description: 'Bytes.' }),
    crc16: z.string(),
    sha256: z.string(),
    matching: z.int().meta({ description: 'Devices that the target condition selects now.' }),
    firstStage: z
      .object({ name: z.string(), targetCondition: z.string(), devices: z.int() })
      .optional()
      .meta({ description: 'Absent while the bucket tags that it asks for are not all written.' }),
    unreached: z
      .array(z.object({ deviceId: z.string(), reason: z.enum(unreachedReasons), detail: z.string() }))
      .meta({ description: 'A sample of matching devices that would not be reached, at most 20.' }),
    configurations: z
      .object({ onHub: z.int(), quota: z.int() })
      .meta({ description: 'Configurations on the hub, whoever made them.' }),
    messages: z
      .object({ expected: z.int(), daily: z.int() })
      .meta({ description: 'Messages that the rollout costs, and what the hub takes a day.' }),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Forecast', description: 'What the rollout would be.' });

export const dryRunAnswer = z
  .object({
    path: z.string(),
    outcome: z
      .enum(['admitted', 'already-released', 'refused'])
      .meta({ description: 'What admission would say: `already-released` changes nothing.' }),
    refusal: z.object({ code: z.string(), message: z.string() }).optional(),
    forecast: forecast.optional().meta({ description: 'Absent where the image would be refused.' }),
  })
  .meta({ id: 'DryRun', description: 'What an upload would do. Nothing was written.' });

const tryRollout = operation({
  id: 'rollout-dry-run',
  method: 'POST',
  path: '/rollouts/dry-run',
  right: 'write',
  tag: 'Rollouts',
  summary: 'Look at what an upload would do',
  description:
    'For an image in the drop box. An upload with `dryRun` is forecast as it comes in, and never released: this is to ask again later, or about an image that was released. Takes the same decisions as admission, asks the hub some eight times, where one unit of S1 allows 20 queries a minute, and writes nothing.',
  body: { schema: dryRunBody, example: { path: 'FirmwareOTA-1.0.1.bin' } },
  answer: json({
    schema: dryRunAnswer,
    description: 'What would happen.',
    example: {
      path: 'FirmwareOTA-1.0.1.bin',
      outcome: 'admitted',
      forecast: {
        deviceType: 'IoTDevKit',
        version: '1.0.1',
        plan: 'careful',
        priority: 10,
        targetCondition: '*',
        size: 600_000,
        crc16: '0x31c3',
        sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        matching: 20_000,
        firstStage: {
          name: '0.1 %',
          targetCondition: '(tags.ota.bucket >= 4711 AND tags.ota.bucket < 4721)',
          devices: 19,
        },
        unreached: [
          {
            deviceId: 'devkit-0007',
            reason: 'version-not-lower',
            detail: 'runs 1.0.1 or a version above it',
          },
        ],
        configurations: { onHub: 12, quota: 100 },
        messages: { expected: 140_000, daily: 400_000 },
        warnings: [],
      },
    },
  }),
  problems: ['not-found', 'conflict'],
});

/** HTTP: what an upload would do. */
export function dryRunRoutes({ admission }: { readonly admission: Admission }): Route[] {
  return [
    route(tryRollout, async ({ body }) => ({ body: served(body.path, await dryRun(admission, body.path)) })),
  ];
}

function served(path: string, result: DryRun): z.input<typeof dryRunAnswer> {
  switch (result.kind) {
    case 'absent':
      throw new ProblemError('not-found', `There is no image "${path}" in the drop box.`);
    case 'changed':
      throw new ProblemError('conflict', 'The image was changed while it was looked at. Ask again.');
    case 'refused':
      return { path, outcome: 'refused', refusal: result.refusal };
    case 'forecast':
      return {
        path,
        outcome: result.releases ? 'admitted' : 'already-released',
        forecast: servedForecast(result.forecast),
      };
  }
}

export function servedForecast({ unreached, warnings, ...known }: Forecast): z.input<typeof forecast> {
  return { ...known, unreached: [...unreached], warnings: [...warnings] };
}
