import type { JsonObject, JsonValue } from '../merge-patch.ts';
import { valueAt } from '../merge-patch.ts';
import type { Arithmetic, Comparison, Expression } from './query-syntax.ts';

/** `undefined` is the language's own third value: of a missing property and of an operation that makes no sense. */
type Value = JsonValue | undefined;

/**
 * True where the document satisfies the expression. False *and* undefined do not: `tags.a != 1` and
 * `NOT tags.a = 1` both leave out a device without `tags.a`.
 */
export function matches(expression: Expression, document: JsonObject): boolean {
  return evaluate(expression, document) === true;
}

/** The value of an expression; undefined where it has none. */
function evaluate(expression: Expression, document: JsonObject): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'path':
      return valueAt(document, expression.path);
    case 'defined':
      return valueAt(document, expression.path) !== undefined;
    case 'not':
      return negation(evaluate(expression.operand, document));
    case 'negate':
      return arithmetic('-', 0, evaluate(expression.operand, document));
    case 'logical':
      return logical(expression.operator, evaluate(expression.left, document), () =>
        evaluate(expression.right, document),
      );
    case 'compare':
      return compare(
        expression.operator,
        evaluate(expression.left, document),
        evaluate(expression.right, document),
      );
    case 'arithmetic':
      return arithmetic(
        expression.operator,
        evaluate(expression.left, document),
        evaluate(expression.right, document),
      );
    case 'in':
      break;
  }
  return membership(expression, document);
}

function membership(expression: Extract<Expression, { kind: 'in' }>, document: JsonObject): Value {
  const operand = evaluate(expression.operand, document);
  if (!isPrimitive(operand)) return undefined;
  const found = expression.items.some((item) => evaluate(item, document) === operand);
  return found !== expression.negated;
}

/** Three-valued logic: what decides alone decides, also beside undefined. */
function logical(operator: 'and' | 'or', left: Value, readRight: () => Value): boolean | undefined {
  const decisive = operator === 'or';
  if (left === decisive) return decisive;
  const right = readRight();
  if (right === decisive) return decisive;
  return left === !decisive && right === !decisive ? !decisive : undefined;
}

function negation(value: Value): boolean | undefined {
  return typeof value === 'boolean' ? !value : undefined;
}

/** Primitives only. Values of different types are unequal; they have no order, and neither has null. */
function compare(operator: Comparison, left: Value, right: Value): boolean | undefined {
  if (!isPrimitive(left) || !isPrimitive(right)) return undefined;
  if (operator === '=') return left === right;
  if (operator === '!=') return left !== right;
  if (left === null || right === null || typeof left !== typeof right) return undefined;
  return ORDER[operator](left, right);
}

type Ordered = string | number | boolean;

const ORDER: Record<Exclude<Comparison, '=' | '!='>, (left: Ordered, right: Ordered) => boolean> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

function arithmetic(operator: Arithmetic, left: Value, right: Value): number | undefined {
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  const result = CALCULATION[operator](left, right);
  return Number.isFinite(result) ? result : undefined;
}

const CALCULATION: Record<Arithmetic, (left: number, right: number) => number> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
};

function isPrimitive(value: Value): value is string | number | boolean | null {
  return value === null || (typeof value !== 'object' && value !== undefined);
}
