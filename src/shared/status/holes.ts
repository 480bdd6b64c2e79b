/** Versions from `from` to `to`, both included, of which no report has come. */
export interface Hole {
  readonly from: number;
  readonly to: number;
}

/** Older holes are forgotten: nothing fills them any more, they stay counted as missed. */
const REMEMBERED = 100;

/** The holes, in ascending order, with one more; an empty one (`from` > `to`) adds nothing. */
export function openHole(holes: readonly Hole[], from: number, to: number): readonly Hole[] {
  if (from > to) return holes;
  const sorted = [...holes, { from, to }].toSorted((a, b) => a.from - b.from);
  return sorted.slice(-REMEMBERED);
}

/** The holes without `version`; undefined where it lies in none. */
export function closeHole(holes: readonly Hole[], version: number): readonly Hole[] | undefined {
  const hole = holes.find(({ from, to }) => from <= version && version <= to);
  if (hole === undefined) return undefined;
  const rest = holes.filter((other) => other !== hole);
  return openHole(openHole(rest, hole.from, version - 1), version + 1, hole.to);
}

/** `5-7 12`, for one table property. */
export function holesToText(holes: readonly Hole[]): string {
  return holes.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(' ');
}

/** The inverse of `holesToText`. */
export function holesFromText(text: string): readonly Hole[] {
  return text === '' ? [] : text.split(' ').map(holeFromText);
}

function holeFromText(text: string): Hole {
  const [from = '', to = from] = text.split('-');
  return { from: Number(from), to: Number(to) };
}
