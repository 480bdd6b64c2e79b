import { type ContainerClient, RestError } from '@azure/storage-blob';
import { z } from 'zod';

/** When a timer ran last and was to run next; kept so that a late run is noticed after downtime. */
export interface TimerStatus {
  readonly last: Date;
  readonly next: Date;
  readonly lastUpdated: Date;
}

export interface TimerStatusStore {
  /** `undefined`: the timer has never been seen, or its status cannot be read as one. */
  read(): Promise<TimerStatus | undefined>;
  write(status: TimerStatus): Promise<void>;
}

const STORED = z.object({ Last: z.coerce.date(), Next: z.coerce.date(), LastUpdated: z.coerce.date() });

/** `timers/<host>/<function>/status` in the container azure-webjobs-hosts, as in Azure. */
export function timerStatusStore(
  hosts: ContainerClient,
  hostId: string,
  functionName: string,
): TimerStatusStore {
  const blob = hosts.getBlockBlobClient(`timers/${hostId}/${hostId}.Functions.${functionName}/status`);
  return {
    read: async () => {
      const text = await readText(blob);
      const stored = STORED.safeParse(text === undefined ? undefined : parseJson(text));
      if (!stored.success) return undefined;
      return { last: stored.data.Last, next: stored.data.Next, lastUpdated: stored.data.LastUpdated };
    },
    write: async ({ last, next, lastUpdated }) => {
      const text = JSON.stringify({ Last: last, Next: next, LastUpdated: lastUpdated });
      await blob.upload(text, Buffer.byteLength(text));
    },
  };
}

async function readText(
  blob: ReturnType<ContainerClient['getBlockBlobClient']>,
): Promise<string | undefined> {
  try {
    return (await blob.downloadToBuffer()).toString('utf8');
  } catch (error) {
    if (error instanceof RestError && error.statusCode === 404) return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
