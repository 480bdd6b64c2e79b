import { type Line, styled } from './styled-text.ts';
import type { DecidedOutcome, Forecast } from './upload-outcome.ts';

/** What became of an upload, for the terminal. */
export function outcomeLines(name: string, outcome: DecidedOutcome): Line[] {
  switch (outcome.outcome) {
    case 'admitted':
      return [
        [styled('green', 'admitted'), `  ${name} is delivered by the rollout ${outcome.rollout}`],
        [`Watch it with: ota watch ${outcome.rollout}`],
      ];
    case 'already-released':
      return [
        [
          styled('cyan', 'unchanged'),
          `  the same bytes are delivered by the rollout ${outcome.rollout} already`,
        ],
      ];
    case 'refused':
      return [[styled('red', 'refused'), `  ${name}: ${outcome.code}`], [`  ${outcome.message}`]];
    case 'dry-run':
      return [
        [styled('cyan', 'checked'), `  ${name} ${outcome.message}. Nothing was released.`],
        ...(outcome.forecast ? forecastLines(outcome.forecast) : []),
      ];
  }
}

function forecastLines(forecast: Forecast): Line[] {
  const { deviceType, version, plan, matching, firstStage, targetCondition } = forecast;
  const { configurations, messages, unreached, warnings } = forecast;
  const first =
    firstStage === undefined
      ? 'its first stage cannot be counted yet: not all devices have their bucket tag'
      : `its first stage "${firstStage.name}" offers it to ${firstStage.devices}`;
  return [
    [
      `  ${deviceType} ${version} by the plan ${plan}: ${matching} devices match ${targetCondition}; ${first}`,
    ],
    [`  configurations on the hub: ${configurations.onHub} of ${configurations.quota}`],
    [`  messages: about ${messages.expected} of the ${messages.daily} that the hub takes a day`],
    ...warnings.map((warning): Line => ['  ', styled('yellow', 'warning'), `  ${warning}`]),
    ...unreached.map(({ deviceId, detail }): Line => [`  not reached: ${deviceId}, which ${detail}`]),
  ];
}
