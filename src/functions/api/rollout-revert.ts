import * as z from 'zod';
import type { Admission } from '../../shared/firmware/admission.ts';
import { json, operation } from '../../shared/http/operation.ts';
import { type Route, route } from '../../shared/http/route.ts';
import { revert } from '../../shared/rollout/revert.ts';
import { answered, causeOf, controlNeeds, reason } from './control-answers.ts';
import { version } from './release-schemas.ts';
import { type RolloutParts, servedDetail } from './rollouts.ts';
import { exampleRolloutDetail, rolloutDetail, rolloutId } from './rollout-schemas.ts';

export const revertBody = z.strictObject({ reason, version: version.optional() }).meta({
  id: 'Revert',
  description:
    'Without a version the configuration of the earlier rollout applies again: only devices that take a lower version follow it.',
});

const revertRollout = operation({
  ...controlNeeds,
  id: 'rollout-revert',
  method: 'POST',
  path: '/rollouts/{id}/revert',
  summary: 'Go back to the release before',
  description:
    'A DevKit ignores a version that is not higher than the one that it runs. So the image of the release before is published again as `version`, by the same plan and through the same admission as an upload, and this rollout is stopped. That works only if the image holds the text of the new version; where it does not, the answer says what to build. The same request again finishes one that was cut off.',
  parameters: z.object({ id: rolloutId }),
  body: { schema: revertBody, example: { reason: 'Loses its Wi-Fi', version: '1.0.2' } },
  answer: json({
    schema: rolloutDetail,
    description: 'The rollout that devices follow now: the new one, or the earlier one that applies again.',
    example: { ...exampleRolloutDetail, id: 'fw-iotdevkit-1-0-2', version: '1.0.2' },
  }),
});

/** HTTP: the way back from a release. */
export function rolloutRevertRoutes(parts: RolloutParts & { admission: Admission }): Route[] {
  return [
    route(revertRollout, async (request) => {
      const { reason: why, version: as } = request.body;
      const asked = { ...causeOf(request, why), version: as };
      const result = await revert(parts.admission, request.path.id, asked);
      return { body: await servedDetail(parts, answered(result, 'revert', request)) };
    }),
  ];
}
