import { cleanText } from '../redact.ts';
import type { CloudEvent } from './cloud-event.ts';
import type { Endpoint } from './endpoint.ts';
import { retryAfterSeconds } from './retry-schedule.ts';
import { signedHeaders } from './signature.ts';

/** How one attempt ended. `reason` is for people: no secret, no longer than a line. */
export type Delivery =
  | { readonly kind: 'delivered'; readonly status: number }
  /** 410: the receiver wants nothing more, of no event. */
  | { readonly kind: 'gone'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfter: number | undefined };

/** From the first byte to the last of the answer's headers; Standard Webhooks advises 15 to 30 s. */
export const TIMEOUT_MS = 15_000;
/** How much of an answer is read to show why it failed. */
const EXCERPT_BYTES = 1024;
const EXCERPT = 200;

/** Posts the event once. Never throws: whatever happens on the way is a failed attempt. */
export async function deliver(
  { url }: Pick<Endpoint, 'url'>,
  event: CloudEvent,
  secrets: readonly Buffer[],
  now: Date,
  timeoutMs = TIMEOUT_MS,
): Promise<Delivery> {
  const body = JSON.stringify(event);
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'iot-firmware-ota',
        ...signedHeaders({ id: event.id, body }, secrets, now),
      },
      body,
      // A redirect leads to an address that the operator has not set.
      redirect: 'manual',
      signal,
    });
    return await answered(response, now);
  } catch (error) {
    const reason = signal.aborted ? `no answer within ${timeoutMs / 1000} s` : `no answer: ${causeOf(error)}`;
    return { kind: 'failed', reason, retryAfter: undefined };
  }
}

async function answered(response: Response, now: Date): Promise<Delivery> {
  const { status } = response;
  if (response.ok) {
    await drop(response);
    return { kind: 'delivered', status };
  }
  const excerpt = cleanText(await beginning(response), EXCERPT).trim();
  const reason = `answered ${status}${excerpt === '' ? '' : `: ${excerpt}`}`;
  if (status === 410) return { kind: 'gone', reason };
  return { kind: 'failed', reason, retryAfter: retryAfterSeconds(response.headers.get('retry-after'), now) };
}

/** What was answered is known by its status; a body that breaks off or never ends changes nothing of it. */
async function drop({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => undefined);
}

async function beginning(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= EXCERPT_BYTES) break;
    }
  } catch {
    // Cut off or too slow: what came is shown.
  }
  return Buffer.concat(chunks).subarray(0, EXCERPT_BYTES).toString('utf8');
}

/** `fetch` says only that it failed; why is in its cause, such as `ECONNREFUSED`. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return cleanText(code || (cause instanceof Error ? cause.message : String(cause)), EXCERPT);
}
