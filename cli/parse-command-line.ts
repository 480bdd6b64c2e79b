import { parseArgs } from 'node:util';
import type { Command, Options, OptionValues } from './command.ts';
import { suggestion } from './did-you-mean.ts';
import { usageError } from './failure.ts';

/** Options that every command takes. */
export const commonOptions = {
  url: { type: 'string', value: 'URL', text: 'address of the app (or OTA_URL)' },
  'key-file': { type: 'string', value: 'FILE', text: 'file that holds the function key (or OTA_KEY)' },
  output: {
    type: 'string',
    value: 'FORMAT',
    text: 'how to print the answer (default table)',
    choices: ['table', 'json'],
  },
  help: { type: 'boolean', text: 'this text' },
} as const satisfies Options;

export interface CommandLine {
  readonly args: readonly string[];
  readonly options: OptionValues;
}

/** Reads the words after a command's name. Throws a CommandError that says what is wrong with them. */
export function parseCommandLine(command: Command, words: readonly string[]): CommandLine {
  const known: Options = { ...command.options, ...commonOptions };
  const { tokens } = parseArgs({
    args: [...words],
    strict: false,
    tokens: true,
    options: Object.fromEntries(Object.entries(known).map(([name, { type }]) => [name, { type }])),
  });
  const args: string[] = [];
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') args.push(token.value);
    if (token.kind !== 'option') continue;
    const name = token.rawName === '-h' ? 'help' : token.name;
    const option = known[name];
    if (!option) throw unknownOption(command, token.rawName, known);
    const value = checked(name, option, token.value);
    const values = given.get(name) ?? [];
    if (values.length > 0 && option.multiple !== true && option.type === 'string') {
      throw usageError(`--${name} was given twice.`, [helpHint(command)]);
    }
    given.set(name, [...values, value]);
  }
  const options = valuesOf(given);
  if (!options.flag('help')) checkArguments(command, args);
  return { args, options };
}

export function helpHint({ name }: Pick<Command, 'name'>): string {
  return `See: ota ${name} --help`;
}

function checked(name: string, { type, choices, value: what }: Options[string], given?: string): string {
  if (type === 'boolean') {
    if (given === undefined) return '';
    throw usageError(`--${name} takes no value.`);
  }
  if (given === undefined || given === '')
    throw usageError(`--${name} needs a value: --${name} ${what ?? ''}`);
  if (!choices) return given;
  const choice = choices.find((one) => one.toLowerCase() === given.toLowerCase());
  if (choice !== undefined) return choice;
  throw usageError(`--${name} "${given}" is not one of: ${choices.join(', ')}.`, suggestion(given, choices));
}

function unknownOption(command: Command, rawName: string, known: Options) {
  const near = suggestion(rawName.replace(/^-+/, ''), Object.keys(known));
  const next = near.map((text) =>
    text.replaceAll('"', '').replace('mean ', 'mean --').replace(' or ', ' or --'),
  );
  return usageError(`ota ${command.name} has no option ${rawName}.`, [...next, helpHint(command)]);
}

function checkArguments(command: Command, args: readonly string[]): void {
  const missing = command.arguments.slice(args.length).find(({ required }) => required);
  if (missing) throw usageError(`ota ${command.name} needs ${missing.name}.`, [helpHint(command)]);
  const extra = args[command.arguments.length];
  if (extra !== undefined) {
    throw usageError(`ota ${command.name} takes no argument "${extra}".`, [helpHint(command)]);
  }
}

function valuesOf(given: ReadonlyMap<string, readonly string[]>): OptionValues {
  return {
    text: (name) => given.get(name)?.at(-1),
    flag: (name) => given.has(name),
    list: (name) => given.get(name) ?? [],
  };
}
