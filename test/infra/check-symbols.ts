import type { BicepFile, Declared, Expression } from './bicep-syntax.ts';
import type { InfraFiles } from './deployment.ts';
import { bicepNames, type Finding, infraFiles, type Sources } from './infra-sources.ts';

/** Syntax, names, modules with their parameters and outputs, and the parameter file. */
export function checkSymbols(sources: Sources): Finding[] {
  const files = infraFiles(sources);
  return bicepNames(sources)
    .flatMap((name) => [...inFile(files, name)].map((message) => `${name}: ${message}`))
    .concat([...parameterFile(files, sources)])
    .map((message) => ({ check: 'symbols', message }));
}

function* inFile(files: InfraFiles, name: string): Generator<string> {
  const file = files.bicep(name);
  yield* file.syntaxErrors.map((error) => `syntax error, ${error}`);
  const declared = symbolsOf(file);
  const names = declared.map((symbol) => symbol.name);
  for (const symbol of new Set(names)) {
    if (names.filter((other) => other === symbol).length > 1) yield `${symbol} is declared twice`;
  }
  const used = new Set<string>();
  for (const expression of expressionsOf(file)) {
    for (const node of walk(expression)) {
      if (node.kind === 'name') {
        used.add(node.name);
        if (!names.includes(node.name) && !FUNCTIONS.has(node.name))
          yield `line ${node.line}: ${node.name} is not declared`;
      }
      yield* unknownOutput(files, file, node);
    }
  }
  for (const symbol of [...file.parameters, ...file.variables]) {
    if (!used.has(symbol.name)) yield `${symbol.name} is not used`;
  }
  for (const module of file.modules) yield* moduleParameters(files, module);
}

function symbolsOf(file: BicepFile): { readonly name: string }[] {
  return [...file.parameters, ...file.variables, ...file.resources, ...file.modules];
}

function expressionsOf(file: BicepFile): Expression[] {
  return [
    ...file.parameters.flatMap((parameter) => parameter.fallback ?? []),
    ...file.variables.map((variable) => variable.value),
    ...[...file.resources, ...file.modules].flatMap(({ condition, body }) =>
      condition ? [condition, body] : [body],
    ),
    ...file.outputs.map((output) => output.value),
  ];
}

/** An expression and all within it; the names of called functions and of decorators are names as well. */
export function* walk(expression: Expression): Generator<Expression> {
  yield expression;
  for (const part of partsOf(expression)) yield* walk(part);
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'name':
      return [];
    case 'interpolation':
      return expression.parts;
    case 'member':
      return [expression.of];
    case 'index':
      return [expression.of, expression.index];
    case 'call':
      return [expression.callee, ...expression.args];
    case 'array':
      return expression.items;
    case 'object':
      return expression.entries.flat();
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'choice':
      return [expression.test, expression.yes, expression.no];
  }
}

/** Functions of Bicep that infra/ uses; the interpreter knows the same. */
const FUNCTIONS = new Set([
  'concat',
  'empty',
  'environment',
  'extensionResourceId',
  'guid',
  'listKeys',
  'loadJsonContent',
  'loadTextContent',
  'replace',
  'resourceGroup',
  'resourceId',
  'string',
  'subscription',
  'subscriptionResourceId',
  'tenant',
  'toLower',
  'union',
  'uniqueString',
]);

function* unknownOutput(files: InfraFiles, file: BicepFile, node: Expression): Generator<string> {
  if (node.kind !== 'member' || node.of.kind !== 'member' || node.of.member !== 'outputs') return;
  const { of } = node.of;
  const module = file.modules.find((item) => of.kind === 'name' && item.name === of.name);
  if (!module) return;
  const outputs = files.bicep(module.reference).outputs.map((output) => output.name);
  if (!outputs.includes(node.member)) yield `${module.reference} has no output ${node.member}`;
}

function* moduleParameters(files: InfraFiles, module: Declared): Generator<string> {
  const entry = module.body.entries.find(([key]) => key.kind === 'literal' && key.value === 'params');
  const given =
    entry?.[1].kind === 'object'
      ? entry[1].entries.map(([key]) => (key.kind === 'literal' ? String(key.value) : ''))
      : [];
  const { parameters } = files.bicep(module.reference);
  for (const name of given) {
    if (!parameters.some((parameter) => parameter.name === name))
      yield `${module.reference} has no parameter ${name}`;
  }
  for (const { name, fallback } of parameters) {
    if (!fallback && !given.includes(name)) yield `${module.reference} is not given its parameter ${name}`;
  }
}

function* parameterFile(files: InfraFiles, sources: Sources): Generator<string> {
  const { parameters } = files.bicep('main.bicep');
  const text = sources.get('infra/main.parameters.json') ?? '{}';
  const given = Object.keys((JSON.parse(text) as { parameters: Record<string, unknown> }).parameters);
  for (const name of given) {
    if (!parameters.some((parameter) => parameter.name === name))
      yield `main.parameters.json: main.bicep has no parameter ${name}`;
  }
  for (const { name } of parameters) {
    if (!given.includes(name)) yield `main.parameters.json: ${name} cannot be set`;
  }
}
