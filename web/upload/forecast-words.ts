import type { Upload } from '../../client/answers.ts';
import { count, counted } from '../words/numbers.ts';

/** What a rollout of the image would be, line by line. */
export function forecastInWords(forecast: NonNullable<Upload['forecast']>): readonly string[] {
  const { deviceType, version, plan, matching, firstStage, unreached, configurations, messages } = forecast;
  return [
    `${deviceType} ${version} with the plan “${plan}”: ${counted(matching, 'device')} match its target now.`,
    firstStage
      ? `The first stage, “${firstStage.name}”, is ${counted(firstStage.devices, 'device')}.`
      : 'The size of the first stage is not known yet: the bucket tags that it asks for are not all written.',
    ...(unreached.length > 0
      ? [
          `Among those looked at, ${counted(unreached.length, 'device')} would not be reached: ${unreached
            .slice(0, 3)
            .map(({ deviceId, detail }) => `${deviceId} ${detail}`)
            .join('; ')}${unreached.length > 3 ? '; and others' : ''}.`,
        ]
      : []),
    `It costs about ${counted(messages.expected, 'message')} of the hub's ${count(messages.daily)} a day, and one of ${count(configurations.quota)} configurations; ${count(configurations.onHub)} are taken.`,
    ...forecast.warnings,
  ];
}
