import type { AnyOperation } from './operation.ts';

/** The methods that operations take at a path below `/api`; none where no operation has it. */
export function methodsOf(
  operations: readonly Pick<AnyOperation, 'path' | 'method'>[],
  path: string,
): string[] {
  const segments = segmentsOf(path);
  const methods = operations
    .filter((operation) => fits(segmentsOf(operation.path), segments))
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return [...new Set(methods)];
}

/** As the host's routing does it: literals without case, a parameter takes one segment. */
function fits(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((part, i) => part.startsWith('{') || part.toLowerCase() === segments[i]?.toLowerCase())
  );
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter(Boolean);
}
