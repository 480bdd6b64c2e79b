import { createRequire } from 'node:module';
import { Language, type Node, Parser } from 'web-tree-sitter';

/** An expression of Bicep, as far as this project's files use the language. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'interpolation'; readonly parts: readonly Expression[] }
  | { readonly kind: 'name'; readonly name: string; readonly line: number }
  | { readonly kind: 'member'; readonly of: Expression; readonly member: string }
  | { readonly kind: 'index'; readonly of: Expression; readonly index: Expression }
  | { readonly kind: 'call'; readonly callee: Expression; readonly args: readonly Expression[] }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: 'unary'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'choice';
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    };

type ObjectExpression = Extract<Expression, { kind: 'object' }>;

export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly secure: boolean;
  readonly allowed: readonly Expression[] | undefined;
  readonly fallback: Expression | undefined;
}
/** A resource or module; `reference` is its type with version, or its file. */
export interface Declared {
  readonly name: string;
  readonly reference: string;
  readonly existing: boolean;
  readonly condition: Expression | undefined;
  readonly body: ObjectExpression;
  readonly line: number;
}
export interface BicepFile {
  readonly syntaxErrors: readonly string[];
  readonly targetScope: string;
  readonly parameters: readonly Parameter[];
  readonly variables: readonly { readonly name: string; readonly value: Expression }[];
  readonly resources: readonly Declared[];
  readonly modules: readonly Declared[];
  readonly outputs: readonly { readonly name: string; readonly value: Expression }[];
}

/** Throws at syntax that the checks do not know: what is not understood is not passed over. */
export class UnknownSyntaxError extends Error {
  readonly code = 'bicep-syntax-unknown';
}

const require = createRequire(import.meta.url);
const parser = await openParser();

async function openParser(): Promise<Parser> {
  await Parser.init();
  const language = await Language.load(require.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm'));
  return new Parser().setLanguage(language);
}

/** Parses with the grammar of tree-sitter-bicep. Where there are syntax errors, nothing but them is told. */
export function parseBicep(text: string): BicepFile {
  const tree = parser.parse(text);
  if (!tree) throw new UnknownSyntaxError('The parser gave no tree.');
  const { rootNode } = tree;
  if (rootNode.hasError) return { ...NOTHING, syntaxErrors: errorsBelow(rootNode) };
  return declarations(named(rootNode));
}

const NOTHING: BicepFile = {
  syntaxErrors: [],
  targetScope: 'resourceGroup',
  parameters: [],
  variables: [],
  resources: [],
  modules: [],
  outputs: [],
};

function errorsBelow(node: Node): string[] {
  if (node.isError || node.isMissing)
    return [`line ${node.startPosition.row + 1}: ${node.text.slice(0, 60)}`];
  return node.children.flatMap((part) => (part ? errorsBelow(part) : []));
}

function declarations(nodes: readonly Node[]): BicepFile {
  const of = (type: string) => nodes.filter((node) => node.type === type);
  const unknown = nodes.find((node) => !KNOWN_STATEMENTS.has(node.type));
  if (unknown) throw new UnknownSyntaxError(`line ${unknown.startPosition.row + 1}: ${unknown.type}`);
  return {
    syntaxErrors: [],
    targetScope: of('target_scope_assignment').map((node) => stringOf(child(node, 0)))[0] ?? 'resourceGroup',
    parameters: of('parameter_declaration').map((node) => parameter(node, decoratorsOf(nodes, node))),
    variables: of('variable_declaration').map((node) => ({
      name: child(node, 0).text,
      value: expression(child(node, 1)),
    })),
    resources: of('resource_declaration').map(declared),
    modules: of('module_declaration').map(declared),
    outputs: of('output_declaration').map((node) => ({
      name: child(node, 0).text,
      value: expression(child(node, -1)),
    })),
  };
}

const KNOWN_STATEMENTS = new Set([
  'target_scope_assignment',
  'decorators',
  'parameter_declaration',
  'variable_declaration',
  'resource_declaration',
  'module_declaration',
  'output_declaration',
  'comment',
  'diagnostic_comment',
]);

function decoratorsOf(nodes: readonly Node[], node: Node): readonly Expression[] {
  const before = nodes[nodes.indexOf(node) - 1];
  return before?.type === 'decorators' ? named(before).map((item) => expression(child(item, 0))) : [];
}

function parameter(node: Node, decorators: readonly Expression[]): Parameter {
  const called = (name: string) =>
    decorators.find(
      (item) => item.kind === 'call' && item.callee.kind === 'name' && item.callee.name === name,
    );
  const allowed = called('allowed');
  const list = allowed?.kind === 'call' ? allowed.args[0] : undefined;
  return {
    name: child(node, 0).text,
    type: child(node, 1).text,
    secure: called('secure') !== undefined,
    allowed: list?.kind === 'array' ? list.items : undefined,
    fallback: named(node).length > 2 ? expression(child(node, 2)) : undefined,
  };
}

function declared(node: Node): Declared {
  const last = child(node, -1);
  const conditional = last.type === 'if_statement';
  const body = expression(conditional ? child(last, 1) : last);
  if (body.kind !== 'object') throw new UnknownSyntaxError(`line ${node.startPosition.row + 1}: no object`);
  return {
    name: child(node, 0).text,
    reference: stringOf(child(node, 1)),
    existing: node.children.some((part) => part?.type === 'existing'),
    condition: conditional ? expression(child(last, 0)) : undefined,
    body,
    line: node.startPosition.row + 1,
  };
}

function expression(node: Node): Expression {
  switch (node.type) {
    case 'string':
      return stringExpression(node);
    case 'number':
      return { kind: 'literal', value: Number(node.text) };
    case 'boolean':
      return { kind: 'literal', value: node.text === 'true' };
    case 'null':
      return { kind: 'literal', value: null };
    case 'identifier':
      return { kind: 'name', name: node.text, line: node.startPosition.row + 1 };
    case 'parenthesized_expression':
    case 'interpolation':
      return expression(child(node, 0));
    case 'unary_expression':
      return { kind: 'unary', operand: expression(child(node, 0)) };
    case 'array':
      return { kind: 'array', items: named(node).map(expression) };
    case 'object':
      return { kind: 'object', entries: named(node).map(property) };
    case 'member_expression':
      return { kind: 'member', of: expression(child(node, 0)), member: child(node, 1).text };
    case 'subscript_expression':
      return { kind: 'index', of: expression(child(node, 0)), index: expression(child(node, 1)) };
    case 'call_expression':
      return {
        kind: 'call',
        callee: expression(child(node, 0)),
        args: named(child(node, 1)).map(expression),
      };
    case 'ternary_expression':
      return {
        kind: 'choice',
        test: expression(child(node, 0)),
        yes: expression(child(node, 1)),
        no: expression(child(node, 2)),
      };
    case 'binary_expression':
      return {
        kind: 'binary',
        operator: node.children.find((part) => part && !part.isNamed)?.text ?? '',
        left: expression(child(node, 0)),
        right: expression(child(node, 1)),
      };
    default:
      throw new UnknownSyntaxError(
        `line ${node.startPosition.row + 1}: ${node.type} ${node.text.slice(0, 40)}`,
      );
  }
}

function property(node: Node): readonly [Expression, Expression] {
  const key = child(node, 0);
  const name: Expression = key.type === 'identifier' ? { kind: 'literal', value: key.text } : expression(key);
  return [name, expression(child(node, 1))];
}

function stringExpression(node: Node): Expression {
  const parts = named(node).map((part): Expression =>
    part.type === 'interpolation'
      ? expression(part)
      : { kind: 'literal', value: part.text.replaceAll("\\'", "'") },
  );
  const [only] = parts;
  if (parts.every((part) => part.kind === 'literal'))
    return { kind: 'literal', value: parts.map((part) => String(part.value)).join('') };
  return only && parts.length === 1
    ? { kind: 'interpolation', parts: [only] }
    : { kind: 'interpolation', parts };
}

function stringOf(node: Node): string {
  const value = expression(node);
  if (value.kind !== 'literal' || typeof value.value !== 'string') throw new UnknownSyntaxError(node.text);
  return value.value;
}

/** Children that mean something; comments do not. */
function named(node: Node): Node[] {
  return node.namedChildren.filter((item): item is Node => item !== null && !item.type.endsWith('comment'));
}

function child(node: Node, index: number): Node {
  const found = named(node).at(index);
  if (!found) throw new UnknownSyntaxError(`line ${node.startPosition.row + 1}: ${node.text.slice(0, 40)}`);
  return found;
}
