const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `12,345`. */
export function count(value: number): string {
  return whole.format(value);
}

/** `1 device`, `2 devices`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A part of a whole in percent, never rounded to a whole or a nothing that it is not: `0.1 %`, `99.9 %`. */
export function share(part: number, all: number): string {
  if (all <= 0) return '0 %';
  const percent = (part / all) * 100;
  if (part > 0 && percent < 0.1) return '<0.1 %';
  if (part < all && percent > 99) return `${(Math.floor(percent * 10) / 10).toFixed(1)} %`;
  return `${percent >= 10 || Number.isInteger(percent) ? Math.round(percent) : percent.toFixed(1)} %`;
}

/** `586 KB`, as file managers have it: 1 KB is 1,024 bytes. */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  if (value < 1024 * 1024) return `${Math.round(value / 1024)} KB`;
  return `${(value / 1024 / 1024).toFixed(1)} MB`;
}
