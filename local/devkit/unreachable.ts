/** Ends a `switch` that handles every member of a closed union: the compiler refuses a forgotten one. */
export function unreachable(value: never): never {
  throw new TypeError(`Not a member of the union: ${JSON.stringify(value)}`);
}
