import * as z from 'zod';
import { json, operation } from '../../shared/http/operation.ts';
import { type Route, route } from '../../shared/http/route.ts';
import { control, type ControlParts } from '../../shared/rollout/control.ts';
import { answered, causeOf, controlNeeds, reason, type Steered } from './control-answers.ts';
import { type RolloutParts, servedDetail } from './rollouts.ts';
import { exampleRolloutDetail, rolloutDetail, rolloutId } from './rollout-schemas.ts';

const MAX_PRIORITY = 2 ** 31 - 1;

export const controlBody = z
  .strictObject({ reason })
  .meta({ id: 'Control', description: 'Why a person does it; it enters the journal.' });

export const retargetBody = z
  .strictObject({
    reason,
    priority: z
      .int()
      .min(0)
      .max(MAX_PRIORITY)
      .optional()
      .meta({ description: 'The highest wins on the hub.' }),
    targetCondition: z.string().trim().min(1).max(8000).optional().meta({
      description: '`*` for every device, else a condition over twin tags and reported properties.',
    }),
  })
  .refine(
    ({ priority, targetCondition }) => priority !== undefined || targetCondition !== undefined,
    'must hold priority or targetCondition, or both',
  )
  .meta({ id: 'Retarget', description: 'What is absent stays as it is.' });

const words = {
  pause: {
    summary: 'Pause a rollout',
    description: 'No further stage opens. Devices that have been offered the image go on.',
  },
  resume: {
    summary: 'Resume a paused rollout',
    description: 'Gates are judged again: one that still fails pauses or stops the rollout again.',
  },
  stop: {
    summary: 'Stop a rollout',
    description:
      'The offer is withdrawn: IoT Hub takes the section from devices that have not begun. Those that download already finish, and are recorded. It cannot be resumed.',
  },
  approve: {
    summary: 'Approve the next stage',
    description:
      'While the rollout runs, this is the word that a stage waits for. In a paused rollout it overrules the gate of the open stage as well, and resumes.',
  },
} as const;

const answer = json({
  schema: rolloutDetail,
  description:
    'The rollout after it. `configuration.current` is false where IoT Hub could not be told yet; the timer tells it.',
  example: exampleRolloutDetail,
});

function controlOperation(action: keyof typeof words) {
  return operation({
    ...controlNeeds,
    id: `rollout-${action}`,
    method: 'POST',
    path: `/rollouts/{id}/${action}`,
    ...words[action],
    parameters: z.object({ id: rolloutId }),
    body: { schema: controlBody, example: { reason: 'Too many calls from the field' } },
    answer,
  });
}

const retarget = operation({
  ...controlNeeds,
  id: 'rollout-retarget',
  method: 'POST',
  path: '/rollouts/{id}/retarget',
  summary: 'Change priority or target condition',
  description:
    'IoT Hub counts the devices of a new condition first, so one that it does not take is refused. The time of the open stage begins again then.',
  parameters: z.object({ id: rolloutId }),
  body: {
    schema: retargetBody,
    example: { reason: 'Not in the laboratory', targetCondition: "tags.environment = 'field'" },
  },
  answer,
});

const retire = operation({
  ...controlNeeds,
  id: 'rollout-retire',
  method: 'DELETE',
  path: '/rollouts/{id}',
  summary: 'Retire a rollout',
  description:
    'Removes the configuration from IoT Hub and keeps every record. Devices keep their firmware. Only a stopped or completed rollout can be retired.',
  parameters: z.object({ id: rolloutId }),
  query: z.strictObject({ reason }),
  answer,
});

/** HTTP: what a person does to a rollout. */
export function rolloutControlRoutes(parts: RolloutParts & { steering: ControlParts }): Route[] {
  const act = async (request: Steered, asked: Parameters<typeof control>[2]) => {
    const result = await control(parts.steering, request.path.id, asked);
    const rollout = answered(result, asked.action, request);
    return { body: await servedDetail(parts, rollout) };
  };
  const actions = ['pause', 'resume', 'stop', 'approve'] as const;
  return [
    ...actions.map((action) =>
      route(controlOperation(action), async (request) =>
        act(request, { ...causeOf(request, request.body.reason), action }),
      ),
    ),
    route(retarget, async (request) => {
      const { reason: why, ...target } = request.body;
      return act(request, { ...causeOf(request, why), action: 'retarget', ...target });
    }),
    route(retire, async (request) =>
      act(request, { ...causeOf(request, request.query.reason), action: 'retire' }),
    ),
  ];
}
