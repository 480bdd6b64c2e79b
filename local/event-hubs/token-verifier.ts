import { parseSas, type SasVerdict, verifySas } from '../iot-hub/sas.ts';

/** The resource that a token is good for, and until when; or why it is good for nothing. */
export type VerifyToken = (
  token: string,
) => { ok: true; resource: string; expires: Date } | { ok: false; reason: string };

/** Verifies tokens that are signed with the one shared access key, for whatever resource they name. */
export function tokenVerifier({
  keyName,
  key,
  now,
}: {
  keyName: string;
  key: string;
  now: () => Date;
}): VerifyToken {
  // IoT Hub signs with the bytes that the key encodes, Event Hubs with the key's text as it is.
  const keys = [Buffer.from(key).toString('base64')];
  return (token) => {
    const sas = parseSas(token);
    const resource = sas && decoded(sas.resource);
    if (resource === undefined) return { ok: false, reason: 'MalformedToken: The token cannot be read.' };
    if (sas?.policy !== keyName) {
      return { ok: false, reason: `InvalidSignature: There is no key '${sas?.policy ?? ''}'.` };
    }
    const verdict = verifySas(token, { keys, audience: resource }, now());
    return verdict.ok
      ? { ok: true, resource, expires: verdict.expiresAt }
      : { ok: false, reason: describe(verdict.reason) };
  };
}

function describe(reason: Extract<SasVerdict, { ok: false }>['reason']): string {
  return reason === 'expired'
    ? 'ExpiredToken: The token is expired.'
    : 'InvalidSignature: The token has an invalid signature.';
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
