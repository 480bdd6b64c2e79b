import type { ApiClient } from '../client/api-client.ts';
import { reads } from '../client/reads.ts';
import type { Upload } from '../client/answers.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandError } from './failure.ts';
import type { DropBox, UploadOutcome, UploadRequest } from './upload-outcome.ts';

/** The drop box through the API. */
export function apiDropBox(client: ApiClient): DropBox {
  let put: Upload | undefined;
  return {
    put: async (request, bytes) => {
      put = await client.upload(request.name, bytes, queryOf(request));
    },
    outcome: async ({ name }) => {
      const now = await client.get(reads.upload(name));
      if (put !== undefined && now.etag !== put.etag) throw replaced(name);
      return outcomeOf(now);
    },
  };
}

function queryOf({ version, deviceType, plan, targetCondition, priority, labels, dryRun }: UploadRequest) {
  const given = {
    version,
    deviceType,
    plan,
    targetCondition,
    priority,
    labels: Object.keys(labels).length === 0 ? undefined : JSON.stringify(labels),
  };
  return { ...given, ...(dryRun && { dryRun: 'true' as const }) };
}

function outcomeOf({ outcome, rollout = '', refusal, wouldRelease, forecast }: Upload): UploadOutcome {
  switch (outcome) {
    case 'pending':
      return { outcome };
    case 'admitted':
    case 'already-released':
      return { outcome, rollout };
    case 'refused':
      return { outcome, code: refusal?.code ?? '', message: refusal?.message ?? '' };
    case 'dry-run': {
      const message = wouldRelease === true ? 'would be released' : 'is already released';
      return { outcome, message, forecast };
    }
  }
}

function replaced(name: string): CommandError {
  return new CommandError(exitCodes.conflict, `Another upload has taken the place of ${name} meanwhile.`, [
    'Give each image a name of its own, with --name.',
  ]);
}
