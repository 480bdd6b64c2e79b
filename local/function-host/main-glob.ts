/**
 * The pattern in package.json `main` as a regular expression over paths with `/`: `*`, `**`, `?` and
 * `{a,b}`, which is what the templates of Azure Functions use. `path.matchesGlob` needs Node 22.
 */
export function mainGlob(pattern: string): RegExp {
  const normal = pattern.replace(/^\.\//, '');
  const source = normal.replaceAll(/\*\*\/|\*\*|\*|\?|\{[^{}]*\}|[\\^$+.()|[\]{}]/g, translate);
  return new RegExp(`^${source}$`);
}

function translate(token: string): string {
  if (token === '**/') return '(?:[^/]+/)*';
  if (token === '**') return '.*';
  if (token === '*') return '[^/]*';
  if (token === '?') return '[^/]';
  if (token.length > 2 && token.startsWith('{')) {
    const choices = token.slice(1, -1).split(',');
    return `(?:${choices.map((choice) => mainGlob(choice).source.slice(1, -1)).join('|')})`;
  }
  return `\\${token}`;
}
