/**
 * Every error that the hub answers with, in one table: its name, the HTTP status and the documented six-digit
 * number (https://learn.microsoft.com/azure/iot-hub/troubleshoot-error-codes).
 */
const ERRORS = {
  GenericBadRequest: { status: 400, number: 400_000 },
  ArgumentInvalid: { status: 400, number: 400_004 },
  InvalidConfigurationTargetCondition: { status: 400, number: 400_401 },
  InvalidConfigurationContent: { status: 400, number: 400_402 },
  CannotModifyImmutableConfigurationContent: { status: 400, number: 400_403 },
  InvalidConfigurationCustomMetricsQuery: { status: 400, number: 400_404 },
  IotHubUnauthorized: { status: 401, number: 401_003 },
  DeviceDisabled: { status: 403, number: 403_012 },
  GenericNotFound: { status: 404, number: 404_000 },
  DeviceNotFound: { status: 404, number: 404_001 },
  ConfigurationNotFound: { status: 404, number: 404_301 },
  DeviceAlreadyExists: { status: 409, number: 409_001 },
  ConfigurationAlreadyExists: { status: 409, number: 409_401 },
  PreconditionFailed: { status: 412, number: 412_001 },
  GenericRequestEntityTooLarge: { status: 413, number: 413_000 },
  ConfigurationCountLimitExceeded: { status: 413, number: 413_101 },
  ThrottlingException: { status: 429, number: 429_001 },
  ServerError: { status: 500, number: 500_001 },
  NotImplemented: { status: 501, number: 501_000 },
  ServiceUnavailable: { status: 503, number: 503_001 },
} as const;

export type HubErrorCode = keyof typeof ERRORS;

/** A request that the hub refuses. `status` is the HTTP status, `number` the six-digit code that devices see. */
export class HubError extends Error {
  readonly code: HubErrorCode;
  readonly status: number;
  readonly number: number;

  constructor(code: HubErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HubError';
    this.code = code;
    this.status = ERRORS[code].status;
    this.number = ERRORS[code].number;
  }
}

/**
 * The body of an error answer: `{"Message":"ErrorCode:<Code>;<text>"}`. The SDK splits at `;` and keeps the
 * second part only, so the text itself must not hold one.
 */
export function errorBody(error: HubError): { Message: string; ExceptionMessage: string } {
  return {
    Message: `ErrorCode:${error.code};${error.message.replaceAll(';', ',')}`,
    ExceptionMessage: '',
  };
}
