import type { Sources } from './infra-sources.ts';

/** A request to Azure that the code makes: `ContainerClient.listBlobsFlat`, or several classes with that method. */
export interface SdkCall {
  readonly method: string;
  /** The classes of the SDKs that have it. */
  readonly classes: readonly string[];
  readonly files: readonly string[];
}

/**
 * Every call in `src` of a method that a client of the Azure SDKs has, found by name: the names come from the real
 * classes, so that a new call cannot be overlooked. The classes are those that src/shared/azure/clients.ts names (no
 * other file makes clients, which test/architecture sees to) and those that they hand out. Methods that only make
 * another client or end one are no requests, and names that JavaScript itself has do not count
 * (none of the clients' own requests has one, but for those that delete).
 */
export async function sdkCalls(sources: Sources): Promise<SdkCall[]> {
  const methods = await requestMethods(sources.get('src/shared/azure/clients.ts') ?? '');
  const found = new Map<string, Set<string>>();
  for (const [path, text] of sources) {
    if (!path.startsWith('src/')) continue;
    for (const [, receiver = '', method = ''] of withoutComments(text).matchAll(CALL)) {
      if (!methods.has(method)) continue;
      if (COMMON.has(method) && !/(?:registry|client)\)?$/i.test(receiver)) continue;
      found.set(method, (found.get(method) ?? new Set()).add(path));
    }
  }
  return [...found]
    .map(([method, files]) => ({ method, classes: methods.get(method) ?? [], files: [...files] }))
    .toSorted((a, b) => (a.method < b.method ? -1 : 1));
}

/** The word before the dot, and the method. */
const CALL = /(\w*\)?)\s*\.(\w+)(?:<[^>()]*>)?\(/g;
/** Methods of the registry with names that any class may have: they count where it is called a registry. */
const COMMON = new Set(['create', 'list', 'update']);

/** A class that is made by another one, without its name in the code. */
const HANDED_OUT: Readonly<Record<string, readonly string[]>> = {
  ContainerClient: ['BlobClient', 'BlockBlobClient'],
};

async function requestMethods(clients: string): Promise<Map<string, string[]>> {
  const packages: object[] = await Promise.all([
    import('@azure/data-tables'),
    import('@azure/storage-blob'),
    import('@azure/storage-queue'),
    import('@azure/event-hubs'),
    import('azure-iothub').then((commonJs) => commonJs.default),
  ]);
  const classes = new Map<string, unknown>(packages.flatMap((exports) => Object.entries(exports)));
  const named = [...new Set(clients.match(/\b\w+Client\b|\bRegistry\b/g))];
  const methods = new Map<string, string[]>();
  for (const name of named.flatMap((each) => [each, ...(HANDED_OUT[each] ?? [])])) {
    const value = classes.get(name);
    if (typeof value !== 'function') continue;
    for (const method of methodsOf(value.prototype as object)) {
      if (!NO_REQUEST.test(method) && !OF_JAVASCRIPT.has(method))
        methods.set(method, [...(methods.get(method) ?? []), name]);
    }
  }
  return methods;
}

const NO_REQUEST =
  /^(?:constructor|close|from\w+|get\w*Client|generate\w+Url|on|once|emit|\w*Listener\w*|_.*)$/;
const OF_JAVASCRIPT = new Set(
  [Array, Map, Set, Promise, String, Object, Function, Date, Number, Uint8Array].flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype),
  ),
);

function methodsOf(prototype: object | null): string[] {
  if (prototype === null || prototype === Object.prototype) return [];
  const own = Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([, { value }]) => typeof value === 'function')
    .map(([name]) => name);
  return [...own, ...methodsOf(Object.getPrototypeOf(prototype) as object | null)];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
