import type { Command } from './command.ts';
import { commands } from './commands.ts';
import { didYouMean, suggestion } from './did-you-mean.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { explained, usageError } from './failure.ts';
import { helpOf, overview } from './help.ts';
import { openClient } from './open-client.ts';
import { type CommandLine, parseCommandLine } from './parse-command-line.ts';
import { printable, styled, rendered } from './styled-text.ts';
import type { World } from './world.ts';

/** Runs a command line; never throws for what a person can do something about. */
export async function run(words: readonly string[], world: World): Promise<ExitCode> {
  try {
    return await dispatched(words, world);
  } catch (error) {
    if (world.interrupted.aborted) return exitCodes.interrupted;
    const known = explained(error);
    if (!known) throw error;
    const line = [styled('red', 'error'), `: ${known.message}`];
    world.err.write(rendered([line], { ...world.err.look(), columns: Number.POSITIVE_INFINITY }));
    for (const next of known.next) world.err.write(`  ${printable(next)}\n`);
    return known.exit;
  }
}

async function dispatched([name, ...rest]: readonly string[], world: World): Promise<ExitCode> {
  if (name === undefined || ['--help', '-h', 'help'].includes(name)) return helped(rest[0], name, world);
  const command = commandNamed(name);
  const line = parseCommandLine(command, rest);
  if (line.options.flag('help')) {
    world.out.write(helpOf(command));
    return exitCodes.ok;
  }
  return execute(command, line, world);
}

function helped(topic: string | undefined, asked: string | undefined, world: World): ExitCode {
  if (topic === undefined) {
    (asked === undefined ? world.err : world.out).write(overview(commands));
    return asked === undefined ? exitCodes.usage : exitCodes.ok;
  }
  world.out.write(helpOf(commandNamed(topic)));
  return exitCodes.ok;
}

async function execute(command: Command, { args, options }: CommandLine, world: World): Promise<ExitCode> {
  const runCommand = await command.load();
  const output = options.text('output') === 'json' ? 'json' : 'table';
  return runCommand({ world, args, options, output, client: () => openClient(options, world) });
}

function commandNamed(name: string): Command {
  const command = commands.find((one) => one.name === name);
  if (command) return command;
  const names = commands.map((one) => one.name);
  const near =
    didYouMean(name, names).length > 0 ? suggestion(name, names) : [`There is: ${names.join(', ')}.`];
  throw usageError(`There is no command "${name}".`, [...near, 'See: ota --help']);
}
