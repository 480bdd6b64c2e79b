const UNITS = [
  { ms: 86_400_000, name: 'd' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
  { ms: 1000, name: 's' },
] as const;

/** Milliseconds in the two largest units that count: `4 min 12 s`, `2 d`, `0.4 s`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms / 100) / 10)} s`;
  let rest = ms;
  const parts = UNITS.map(({ ms: unit, name }) => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    return { count, text: `${count} ${name}` };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ text }) => text)
    .join(' ');
}

/** How long ago, as far as the clocks agree. Both RFC 3339. */
export function since(time: string, now: Date): string {
  return durationText(now.getTime() - Date.parse(time));
}

/** `2026-03-01 09:00:41`, UTC. */
export function timeText(time: string): string {
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}
