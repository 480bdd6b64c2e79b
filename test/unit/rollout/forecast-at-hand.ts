import type { Forecast } from '../../../src/shared/rollout/forecast.ts';

/** A forecast of an image for everybody, but for what is given. */
export function forecastOf(given: Partial<Forecast> = {}): Forecast {
  return {
    deviceType: 'IoTDevKit',
    version: '1.0.1',
    plan: 'careful',
    priority: 10,
    targetCondition: '*',
    size: 600_000,
    crc16: '0x31c3',
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    matching: 40,
    unreached: [],
    configurations: { onHub: 1, quota: 100 },
    messages: { expected: 280, daily: 400_000 },
    warnings: [],
    ...given,
  };
}
