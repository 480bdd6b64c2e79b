import type { RestApiClient } from 'azure-iothub/dist/common-http/rest_api_client.js';

/** `answered` with whatever the hub had to say, `throttled` by 429, `failed` without an answer that counts. */
export type HubRequestOutcome = 'answered' | 'throttled' | 'failed';

type Answer = (error: unknown, ...rest: unknown[]) => void;

/**
 * Tells of each request's outcome. The SDK has no hook for that: all its requests go through this one method,
 * whose last function among the arguments is the callback.
 */
export function watchHubRequests(rest: RestApiClient, ended: (outcome: HubRequestOutcome) => void): void {
  const execute = rest.executeApiCall.bind(rest) as (...given: unknown[]) => void;
  rest.executeApiCall = (...given: unknown[]): void => {
    const at = given.findLastIndex((argument) => typeof argument === 'function');
    const callback = given[at] as Answer | undefined;
    const told: Answer = (error, ...more) => {
      ended(outcomeOf(error));
      callback?.(error, ...more);
    };
    execute(...given.map((argument, index) => (index === at ? told : argument)));
  };
}

function outcomeOf(error: unknown): HubRequestOutcome {
  if (error === null || error === undefined) return 'answered';
  const status = statusOf(error);
  if (status === 429) return 'throttled';
  return status === undefined || status >= 500 || status === 401 || status === 403 ? 'failed' : 'answered';
}

function statusOf(error: unknown): number | undefined {
  const { response } = error as { readonly response?: { readonly statusCode?: unknown } };
  return typeof response?.statusCode === 'number' ? response.statusCode : undefined;
}
