/** Seconds in the words of a planner: two significant digits are more than the model knows. */
export function durationText(seconds: number): string {
  if (seconds < 1) return '< 1 s';
  if (seconds < 120) return `${round(seconds)} s`;
  if (seconds < 7200) return `${round(seconds / 60)} min`;
  if (seconds < 172_800) return `${round(seconds / 3600)} h`;
  return `${round(seconds / 86_400)} days`;
}

/** Whole from 10 on, one decimal below. */
function round(value: number): string {
  return value >= 10 ? Math.round(value).toString() : (Math.round(value * 10) / 10).toString();
}

/** 1234567 as 1,234,567; three significant digits below 100. */
export function numberText(value: number): string {
  const shown = value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  return shown.toLocaleString('en-US', { maximumFractionDigits: 6 });
}
