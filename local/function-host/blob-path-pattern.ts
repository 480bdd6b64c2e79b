/** Which blobs a blob trigger is for. */
export interface BlobPathPattern {
  readonly container: string;
  /** The fixed beginning of the blob names, for listing. */
  readonly prefix: string;
  /** The captured parts by name, `undefined` where the blob name does not fit. */
  match(blobName: string): Record<string, string> | undefined;
}

/** A blob path without a container, or with a pattern in it. */
export class BlobPathError extends Error {
  readonly code = 'BLOB_PATH_INVALID';
  constructor(path: string) {
    super(`The blob path "${path}" needs a fixed container name first, for example "firmware/{name}".`);
    this.name = 'BlobPathError';
  }
}

/**
 * Reads `container/pattern`. Captures are greedy and may hold slashes, as Azure's are: `{family}/{name}`
 * matches `a/b/c.bin` with family `a/b`. A path without a pattern is every blob of the container.
 */
export function parseBlobPath(path: string): BlobPathPattern {
  const [container = '', ...rest] = path.replace(/^\//, '').split('/');
  if (container === '' || /[{}]/.test(container)) throw new BlobPathError(path);
  const pattern = rest.join('/');
  const prefix = pattern.split('{', 1)[0] ?? '';
  if (pattern === '') return { container, prefix, match: () => ({}) };
  const names: string[] = [];
  const source = pattern.split(/(\{[^{}]+\})/).map((part) => {
    if (!part.startsWith('{')) return part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
    names.push(part.slice(1, -1));
    return '(.*)';
  });
  const expression = new RegExp(`^${source.join('')}$`, 's');
  return { container, prefix, match: (blobName) => captures(expression, names, blobName) };
}

function captures(
  expression: RegExp,
  names: readonly string[],
  blobName: string,
): Record<string, string> | undefined {
  const match = expression.exec(blobName);
  if (match === null) return undefined;
  return Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? '']));
}
