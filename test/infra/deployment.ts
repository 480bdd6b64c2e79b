import type { Declared, Expression, BicepFile } from './bicep-syntax.ts';

/** What an expression comes to. What only Azure knows is text in angle brackets, such as `<hub.id>`. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** A resource as it would be asked for with given parameters. */
export interface Deployed {
  readonly file: string;
  readonly symbol: string;
  readonly type: string;
  readonly apiVersion: string;
  readonly existing: boolean;
  readonly body: Readonly<Record<string, Value>>;
}
export interface Deployment {
  readonly resources: readonly Deployed[];
  readonly outputs: Readonly<Record<string, Value>>;
}

/** The files of infra/, by name. */
export interface InfraFiles {
  bicep(name: string): BicepFile;
  json(name: string): Value;
  text(name: string): string;
}

/** An expression that cannot be worked out: a member that is not there, a function that is not known. */
export class EvaluationError extends Error {
  readonly code = 'bicep-evaluation';
}

/**
 * Works out what a file and its modules deploy with the parameters given: a small interpreter of the part of Bicep
 * that infra/ keeps to. So each check sees every choice as Azure would get it, and not only the text.
 */
export function deployment(
  files: InfraFiles,
  name: string,
  given: Readonly<Record<string, Value>>,
): Deployment {
  const file = files.bicep(name);
  const resources: Deployed[] = [];
  const scope = new Scope(files, file);
  for (const parameter of file.parameters) {
    const value = given[parameter.name] ?? (parameter.fallback ? scope.value(parameter.fallback) : undefined);
    if (value === undefined) throw new EvaluationError(`${name}: parameter ${parameter.name} has no value`);
    const allowed = parameter.allowed?.map((item) => scope.value(item));
    if (allowed && !isUnknown(value) && !allowed.includes(value))
      throw new EvaluationError(
        `${name}: ${parameter.name} is ${text(value)}, not one of ${allowed.map(text).join(', ')}`,
      );
    scope.set(parameter.name, value);
  }
  for (const module of file.modules) {
    if (!scope.holds(module.condition)) continue;
    const { params = {} } = scope.object(module.body);
    const inner = deployment(files, module.reference, params as Record<string, Value>);
    resources.push(...inner.resources);
    scope.set(module.name, { outputs: inner.outputs });
  }
  for (const resource of file.resources) {
    if (scope.holds(resource.condition)) resources.push(deployed(name, resource, scope));
  }
  const outputs = Object.fromEntries(file.outputs.map((output) => [output.name, scope.value(output.value)]));
  return { resources, outputs };
}

function deployed(file: string, resource: Declared, scope: Scope): Deployed {
  const [type = '', apiVersion = ''] = resource.reference.split('@');
  const { existing, name: symbol } = resource;
  return { file, symbol, type, apiVersion, existing, body: scope.object(resource.body) };
}

class Scope {
  readonly #values = new Map<string, Value>();
  readonly #files: InfraFiles;
  readonly #file: BicepFile;

  constructor(files: InfraFiles, file: BicepFile) {
    this.#files = files;
    this.#file = file;
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  holds(condition: Expression | undefined): boolean {
    return condition === undefined || this.value(condition) === true;
  }

  object({ entries }: Extract<Expression, { kind: 'object' }>): Record<string, Value> {
    return Object.fromEntries(entries.map(([key, value]) => [text(this.value(key)), this.value(value)]));
  }

  value(expression: Expression): Value {
    switch (expression.kind) {
      case 'literal':
        return expression.value;
      case 'interpolation':
        return expression.parts.map((part) => text(this.value(part))).join('');
      case 'name':
        return this.#named(expression.name);
      case 'member':
        return memberOf(this.value(expression.of), expression.member);
      case 'index':
        return memberOf(this.value(expression.of), text(this.value(expression.index)));
      case 'call':
        return this.#call(expression.callee, expression.args);
      case 'array':
        return expression.items.map((item) => this.value(item));
      case 'object':
        return this.object(expression);
      case 'unary':
        return this.value(expression.operand) !== true;
      case 'binary':
        return binary(expression.operator, this.value(expression.left), () => this.value(expression.right));
      case 'choice':
        return this.value(this.value(expression.test) === true ? expression.yes : expression.no);
    }
  }

  #named(name: string): Value {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const variable = this.#file.variables.find((item) => item.name === name);
    if (variable) {
      const value = this.value(variable.value);
      this.#values.set(name, value);
      return value;
    }
    const resource = this.#file.resources.find((item) => item.name === name);
    if (resource)
      return {
        ...this.object({ kind: 'object', entries: nameOf(resource) }),
        id: `<${name}.id>`,
        properties: `<${name}.properties>`,
      };
    if (this.#file.modules.some((item) => item.name === name)) return `<${name}>`;
    throw new EvaluationError(`There is no ${name}`);
  }

  #call(callee: Expression, args: readonly Expression[]): Value {
    if (callee.kind === 'member')
      return `<${text(args.map((arg) => this.value(arg))[0] ?? '')}.${callee.member}()>`;
    if (callee.kind !== 'name') throw new EvaluationError(`A ${callee.kind} is called`);
    const values = args.map((arg) => this.value(arg));
    const [first = null] = values;
    switch (callee.name) {
      case 'empty':
        return (
          first === null || first === '' || (typeof first === 'object' && Object.keys(first).length === 0)
        );
      case 'toLower':
        return text(first).toLowerCase();
      case 'string':
        return text(first);
      case 'union':
        return Object.assign({}, ...values) as Value;
      case 'concat':
        return values.flat() as Value;
      case 'loadJsonContent':
        return this.#files.json(text(first));
      case 'loadTextContent':
        return this.#files.text(text(first));
      case 'uniqueString':
        return 'abcdefghijklm';
      case 'environment':
        return PUBLIC_CLOUD;
      case 'replace':
        return text(first).replaceAll(text(values[1] ?? ''), text(values[2] ?? ''));
      default:
        if (!AZURE_FUNCTIONS.has(callee.name))
          throw new EvaluationError(`The function ${callee.name} is not known`);
        return `<${callee.name}(${values.map(text).join(', ')})>`;
    }
  }
}

const PUBLIC_CLOUD: Value = {
  suffixes: { storage: 'core.windows.net' },
  authentication: { loginEndpoint: 'https://login.microsoftonline.com/' },
};

/** Only Azure knows what these give. */
const AZURE_FUNCTIONS = new Set([
  'extensionResourceId',
  'guid',
  'listKeys',
  'resourceGroup',
  'resourceId',
  'subscription',
  'subscriptionResourceId',
  'tenant',
]);

function nameOf(resource: Declared): (readonly [Expression, Expression])[] {
  return resource.body.entries.filter(([key]) => key.kind === 'literal' && key.value === 'name');
}

function memberOf(value: Value, member: string): Value {
  if (isUnknown(value)) return `${value.slice(0, -1)}.${member}>`;
  const found =
    typeof value === 'object' && value !== null ? (value as Record<string, Value>)[member] : undefined;
  if (found === undefined) throw new EvaluationError(`There is no member ${member}`);
  return found;
}

function binary(operator: string, left: Value, right: () => Value): Value {
  switch (operator) {
    case '==':
      return left === right();
    case '!=':
      return left !== right();
    case '&&':
      return left === true && right() === true;
    case '||':
      return left === true || right() === true;
    case '*':
      return Number(left) * Number(right());
    default:
      throw new EvaluationError(`The operator ${operator} is not known`);
  }
}

/** Whether only Azure knows it. */
export function isUnknown(value: Value): value is string {
  return typeof value === 'string' && value.startsWith('<') && value.endsWith('>');
}

export function text(value: Value): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
