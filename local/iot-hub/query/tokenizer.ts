import { QueryError } from './query-syntax.ts';

/**
 * `word`: a keyword or a plain name. `name`: a name in double square brackets, which may hold any character.
 * `symbol`: an operator or punctuation. `text` of a string or name is its content.
 */
export interface Token {
  kind: 'word' | 'name' | 'string' | 'number' | 'symbol' | 'end';
  text: string;
  at: number;
}

const SPACE = /\s+/y;
const WORD = /[A-Za-z_$][\w$]*/y;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BRACKETED = /\[\[([^\]]+)\]\]/y;
const STRING = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/sy;
const SYMBOL = /<>|!=|<=|>=|[=<>+\-*/%(),.[\]]/y;

/**
 * Cuts a query into tokens; the last one is always `end`.
 * @throws {QueryError} at the first character that begins no token.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = match(SPACE, text, 0)?.[0].length ?? 0;
  while (at < text.length) {
    const [token, length] = tokenAt(text, at);
    tokens.push(token);
    at += length;
    at += match(SPACE, text, at)?.[0].length ?? 0;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

function tokenAt(text: string, at: number): [token: Token, length: number] {
  const bracketed = match(BRACKETED, text, at);
  if (bracketed) return [{ kind: 'name', text: bracketed[1] ?? '', at }, bracketed[0].length];
  const string = match(STRING, text, at);
  if (string) return [{ kind: 'string', text: unescape(string[1] ?? string[2] ?? ''), at }, string[0].length];
  for (const [kind, pattern] of PLAIN) {
    const found = match(pattern, text, at);
    if (found) return [{ kind, text: found[0], at }, found[0].length];
  }
  const character = text.charAt(at);
  if (character === "'" || character === '"') throw new QueryError('the string is not closed', at);
  throw new QueryError(`unexpected character ${character}`, at);
}

const PLAIN = [
  ['word', WORD],
  ['number', NUMBER],
  ['symbol', SYMBOL],
] as const;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** A backslash takes the character after it as it stands. */
function unescape(content: string): string {
  return content.replaceAll(/\\(.)/gs, '$1');
}
