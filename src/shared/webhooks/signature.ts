import { createHmac } from 'node:crypto';

/** What is signed: headers and body of one request. */
export interface SignedMessage {
  readonly id: string;
  readonly body: string;
}

/**
 * The headers of Standard Webhooks 1.0: one signature for each secret, so that a receiver that knows the old
 * or the new one is content while secrets change. The time is the attempt's. Pure.
 */
export function signedHeaders(
  { id, body }: SignedMessage,
  secrets: readonly Buffer[],
  now: Date,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const mac = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
    return `v1,${mac}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

const PREFIX = 'whsec_';
/** By the specification. */
const SHORTEST = 24;
const LONGEST = 64;

/** The key of a secret as it is handed out, `whsec_` and base64; undefined where it is none. */
export function signingKey(secret: string): Buffer | undefined {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  const key = Buffer.from(text, 'base64');
  const isBase64 = key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  return isBase64 && key.length >= SHORTEST && key.length <= LONGEST ? key : undefined;
}
