/** What is known of an endpoint from its deliveries. Times are RFC 3339, UTC. */
export interface EndpointHealth {
  readonly lastSuccessAt?: string;
  readonly lastFailureAt?: string;
  /** Why the newest failed attempt failed. */
  readonly lastFailure?: string;
  /** The first failure since the last success; absent while all is well. */
  readonly failingSince?: string;
  /** Nothing but test events is sent any more: the receiver said so, or has not answered for days. */
  readonly disabled?: 'gone' | 'failing';
}

/** Days without a single success after which an endpoint is given up. */
const GIVEN_UP_AFTER_MS = 5 * 86_400_000;

export function afterSuccess({ lastFailureAt, lastFailure }: EndpointHealth, now: Date): EndpointHealth {
  return {
    lastSuccessAt: now.toISOString(),
    ...(lastFailureAt !== undefined && { lastFailureAt }),
    ...(lastFailure !== undefined && { lastFailure }),
  };
}

/** `gone`: it answered 410. */
export function afterFailure(
  before: EndpointHealth,
  kind: 'gone' | 'failed',
  reason: string,
  now: Date,
): EndpointHealth {
  const at = now.toISOString();
  const failingSince = before.failingSince ?? at;
  const isGivenUp = now.getTime() - Date.parse(failingSince) >= GIVEN_UP_AFTER_MS;
  const disabled = kind === 'gone' ? 'gone' : (before.disabled ?? (isGivenUp ? 'failing' : undefined));
  return {
    ...before,
    lastFailureAt: at,
    lastFailure: reason,
    failingSince,
    ...(disabled !== undefined && { disabled }),
  };
}
