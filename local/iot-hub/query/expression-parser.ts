import type { Comparison, Expression } from './query-syntax.ts';
import { TokenReader } from './token-reader.ts';

const COMPARISONS = ['=', '!=', '<>', '<', '<=', '>', '>='] as const;

/**
 * Reads the target condition of a configuration: `*` is every device, an empty text none, everything else
 * a WHERE expression.
 * @throws {QueryError}
 */
export function parseCondition(text: string): Expression {
  const condition = text.trim();
  if (condition === '' || condition === '*') return { kind: 'literal', value: condition === '*' };
  const reader = new TokenReader(text);
  const expression = readExpression(reader);
  reader.expectEnd();
  return expression;
}

/** Reads one expression, weakest operator first: OR, AND, NOT, comparison, sum, product, sign. */
export function readExpression(reader: TokenReader): Expression {
  let left = readConjunction(reader);
  while (reader.takeWord('or')) {
    left = { kind: 'logical', operator: 'or', left, right: readConjunction(reader) };
  }
  return left;
}

function readConjunction(reader: TokenReader): Expression {
  let left = readNegation(reader);
  while (reader.takeWord('and')) {
    left = { kind: 'logical', operator: 'and', left, right: readNegation(reader) };
  }
  return left;
}

function readNegation(reader: TokenReader): Expression {
  if (!reader.takeWord('not')) return readComparison(reader);
  return { kind: 'not', operand: reader.nested(() => readNegation(reader)) };
}

function readComparison(reader: TokenReader): Expression {
  const left = readSum(reader);
  const negated = reader.takeWord('nin');
  if (negated || reader.takeWord('in')) {
    return { kind: 'in', negated, operand: left, items: readItems(reader) };
  }
  const symbol = reader.takeSymbol(...COMPARISONS);
  if (symbol === undefined) return left;
  const operator: Comparison = symbol === '<>' ? '!=' : symbol;
  return { kind: 'compare', operator, left, right: readSum(reader) };
}

function readItems(reader: TokenReader): Expression[] {
  reader.expectSymbol('[');
  const items: Expression[] = [];
  if (reader.takeSymbol(']') !== undefined) return items;
  do items.push(readSum(reader));
  while (reader.takeSymbol(',') !== undefined);
  reader.expectSymbol(']');
  return items;
}

function readSum(reader: TokenReader): Expression {
  let left = readProduct(reader);
  for (;;) {
    const operator = reader.takeSymbol('+', '-');
    if (operator === undefined) return left;
    left = { kind: 'arithmetic', operator, left, right: readProduct(reader) };
  }
}

function readProduct(reader: TokenReader): Expression {
  let left = readSigned(reader);
  for (;;) {
    const operator = reader.takeSymbol('*', '/', '%');
    if (operator === undefined) return left;
    left = { kind: 'arithmetic', operator, left, right: readSigned(reader) };
  }
}

function readSigned(reader: TokenReader): Expression {
  if (reader.takeSymbol('-') === undefined) return readPrimary(reader);
  return { kind: 'negate', operand: reader.nested(() => readSigned(reader)) };
}

function readPrimary(reader: TokenReader): Expression {
  const token = reader.peek();
  if (token.kind === 'string') return { kind: 'literal', value: reader.next().text };
  if (token.kind === 'number') return { kind: 'literal', value: Number(reader.next().text) };
  if (reader.takeSymbol('(') !== undefined) {
    const inner = reader.nested(() => readExpression(reader));
    reader.expectSymbol(')');
    return inner;
  }
  return readConstant(reader) ?? readFunction(reader) ?? { kind: 'path', path: reader.path() };
}

function readConstant(reader: TokenReader): Expression | undefined {
  if (reader.takeWord('true')) return { kind: 'literal', value: true };
  if (reader.takeWord('false')) return { kind: 'literal', value: false };
  if (reader.takeWord('null')) return { kind: 'literal', value: null };
  return undefined;
}

/** IS_DEFINED is the one function that twin queries document. */
function readFunction(reader: TokenReader): Expression | undefined {
  if (reader.peek().kind !== 'word' || reader.peek(1).text !== '(' || reader.peek(1).kind !== 'symbol') {
    return undefined;
  }
  if (!reader.takeWord('is_defined')) reader.fail('expected IS_DEFINED, the only function of twin queries');
  reader.expectSymbol('(');
  const path = reader.path();
  reader.expectSymbol(')');
  return { kind: 'defined', path };
}
