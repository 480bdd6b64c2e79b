/** The known words that a person may have meant, the closest first; empty where none is near. */
export function didYouMean(typed: string, known: readonly string[]): readonly string[] {
  const most = Math.max(1, Math.floor(typed.length / 3));
  return known
    .map((word) => ({ word, edits: word.startsWith(typed) ? 0 : editsBetween(typed, word) }))
    .filter(({ edits }) => edits <= most)
    .toSorted((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ word }) => word);
}

/** `Did you mean "status"?`, or nothing to say. */
export function suggestion(typed: string, known: readonly string[]): readonly string[] {
  const near = didYouMean(typed, known);
  return near.length === 0 ? [] : [`Did you mean ${near.map((word) => `"${word}"`).join(' or ')}?`];
}

/** Levenshtein's distance, row by row. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(b).entries()) {
      const swapped = (row[j] ?? 0) + (letter.toLowerCase() === other.toLowerCase() ? 0 : 1);
      next.push(Math.min(swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
