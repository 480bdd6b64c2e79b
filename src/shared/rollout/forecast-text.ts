import type { Forecast } from './forecast.ts';

/** A text of a table row holds 64 KiB in UTF-16 (https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model). */
const MAX_TEXT = 32 * 1024;
/** Of each condition where everything together is too long: of two, escaped as far as JSON may, that fits. */
const MAX_CONDITION = 2000;

/**
 * A forecast as one text that a table row can hold. Where it is too long, the sample of devices becomes smaller,
 * and if that is not enough, the conditions are cut short. Pure.
 */
export function forecastText(forecast: Forecast): string {
  for (let kept = forecast.unreached.length; kept >= 0; kept--) {
    const text = JSON.stringify({ ...forecast, unreached: forecast.unreached.slice(0, kept) });
    if (text.length <= MAX_TEXT) return text;
  }
  const { firstStage, targetCondition } = forecast;
  return JSON.stringify({
    ...forecast,
    targetCondition: clipped(targetCondition),
    ...(firstStage && {
      firstStage: { ...firstStage, targetCondition: clipped(firstStage.targetCondition) },
    }),
    unreached: [],
  });
}

/** The text was written by `forecastText`. */
export function forecastFromText(text: string): Forecast {
  return JSON.parse(text) as Forecast;
}

function clipped(condition: string): string {
  return condition.length <= MAX_CONDITION ? condition : `${condition.slice(0, MAX_CONDITION)}…`;
}
