import { QueryError } from './query-syntax.ts';
import type { Token } from './tokenizer.ts';
import { tokenize } from './tokenizer.ts';

/** Words that begin or join clauses and expressions; a name that equals one needs double square brackets. */
const RESERVED = new Set(
  'select,top,from,where,group,by,as,and,or,not,in,nin,is_defined,count,true,false,null,order'.split(','),
);

/** Parentheses, NOT and minus may nest so deep; more would end in a stack overflow of the reader. */
const MAX_NESTING = 100;

/** Reads the tokens of one query from left to right. */
export class TokenReader {
  private readonly tokens: Token[];
  private index = 0;
  private nesting = 0;

  constructor(text: string) {
    this.tokens = tokenize(text);
  }

  peek(ahead = 0): Token {
    const token = this.tokens[Math.min(this.index + ahead, this.tokens.length - 1)];
    if (token === undefined) throw new QueryError('the query is empty', 0);
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.index++;
    return token;
  }

  /** Takes the keyword if it stands here; case does not matter. */
  takeWord(word: string): boolean {
    const token = this.peek();
    if (token.kind !== 'word' || token.text.toLowerCase() !== word) return false;
    this.index++;
    return true;
  }

  takeSymbol<S extends string>(...symbols: readonly S[]): S | undefined {
    const token = this.peek();
    const found = token.kind === 'symbol' ? symbols.find((symbol) => symbol === token.text) : undefined;
    if (found !== undefined) this.index++;
    return found;
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) this.fail(`expected ${word.toUpperCase()}`);
  }

  expectSymbol(symbol: string): void {
    if (this.takeSymbol(symbol) === undefined) this.fail(`expected ${symbol}`);
  }

  /** A dotted path: plain names or `[[any name]]`. */
  path(): string[] {
    const path = [this.firstName()];
    while (this.takeSymbol('.') !== undefined) path.push(this.laterName());
    return path;
  }

  nested<T>(read: () => T): T {
    if (++this.nesting > MAX_NESTING) this.fail(`the expression nests deeper than ${MAX_NESTING} levels`);
    const result = read();
    this.nesting--;
    return result;
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') this.fail('expected the end of the query');
  }

  /** @throws {QueryError} with what stands here instead. */
  fail(message: string): never {
    const token = this.peek();
    const found = token.kind === 'end' ? 'the end' : token.text;
    throw new QueryError(`${message}, found ${found}`, token.at);
  }

  private firstName(): string {
    const token = this.peek();
    if (token.kind === 'word' && RESERVED.has(token.text.toLowerCase())) this.fail('expected a property');
    return this.laterName();
  }

  private laterName(): string {
    const token = this.peek();
    if (token.kind !== 'word' && token.kind !== 'name') this.fail('expected a property');
    this.index++;
    return token.text;
  }
}
