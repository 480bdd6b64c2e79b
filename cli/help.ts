import type { Command, Option, Options } from './command.ts';
import { exitCodeWords } from './exit-codes.ts';
import { commonOptions } from './parse-command-line.ts';

const INDENT = 30;

/** What `ota --help` prints. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => usageOf(command).length)) + 2;
  return `Firmware over the air: publish, watch and steer rollouts.

  ota COMMAND [OPTIONS]

Commands
${commands.map((command) => `  ${usageOf(command).padEnd(width)}${command.summary}`).join('\n')}

For every command
${optionLines(commonOptions)}

Where the API is: --url or OTA_URL; else the local cloud that runs in this checkout.
Who asks: a function key in OTA_KEY or --key-file, or an access token in OTA_TOKEN.

Exit codes
${exitCodeWords.map(([code, words]) => `  ${String(code).padEnd(5)}${words}`).join('\n')}

More about a command: ota COMMAND --help
`;
}

/** What `ota <command> --help` prints. */
export function helpOf(command: Command): string {
  const own = Object.keys(command.options).length === 0 ? '' : `\nOptions\n${optionLines(command.options)}\n`;
  const details = (command.details ?? []).map((paragraph) => `\n${paragraph}\n`).join('');
  return `${command.summary}

  ota ${usageOf(command)}${own === '' ? '' : ' [OPTIONS]'}
${details}${own}
For every command
${optionLines(commonOptions)}

Examples
${command.examples.map((example) => `  ${example}`).join('\n')}
`;
}

function usageOf(command: Command): string {
  const words = command.arguments.map(({ name, required }) => (required ? name : `[${name}]`));
  return [command.name, ...words].join(' ');
}

function optionLines(options: Options): string {
  return Object.entries(options)
    .map(([name, option]) => `  ${optionUsage(name, option).padEnd(INDENT - 2)}${optionText(option)}`)
    .join('\n');
}

function optionUsage(name: string, { value, type }: Option): string {
  return `--${name}${type === 'string' ? ` ${value ?? 'VALUE'}` : ''}`;
}

function optionText({ text, choices, multiple }: Option): string {
  const among = choices ? `: ${choices.join(', ')}` : '';
  return `${text}${among}${multiple === true ? ' (may be repeated)' : ''}`;
}
