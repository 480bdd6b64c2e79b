/**
 * Why a text cannot stand as one part of a larger condition; undefined where it can. Only what would change
 * the meaning of the whole is looked for, such as `a) OR (b`: the hub itself judges the rest.
 */
export function conditionFault(text: string): string | undefined {
  let depth = 0;
  for (const character of withoutStrings(text)) {
    if (character === "'" || character === '"') return 'has a string that is not closed';
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (depth < 0) return 'closes a bracket that it has not opened';
  }
  return depth > 0 ? 'has a bracket that is not closed' : undefined;
}

/** Devices that both conditions select; `*` selects every one. */
export function bothConditions(a: string, b: string): string {
  if (a === '*') return b;
  return b === '*' ? a : `(${a}) AND (${b})`;
}

/** Brackets inside strings are text; a backslash takes the character after it as it stands. */
function withoutStrings(text: string): string {
  return text.replaceAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/gs, '');
}
