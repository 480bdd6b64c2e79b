import type { Command, Options, Run } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { usageError } from '../failure.ts';
import { commonOptions } from '../parse-command-line.ts';

/** `ota completion SHELL` */
export function completion(commands: readonly Command[]): Run {
  return async ({ args: [shell], world }) => {
    if (shell !== 'bash' && shell !== 'zsh') throw usageError('ota completion knows bash and zsh.');
    const zsh = shell === 'zsh' ? 'autoload -Uz bashcompinit && bashcompinit\n' : '';
    world.out.write(`${zsh}${script(commands)}`);
    return exitCodes.ok;
  };
}

/** One function for bash, which zsh understands through bashcompinit. */
function script(commands: readonly Command[]): string {
  const cases = commands.map((command) => `    ${command.name}) words="${wordsOf(command)}" ;;`).join('\n');
  return `_ota() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words
  case "\${COMP_WORDS[1]}" in
${cases}
    *) words="" ;;
  esac
  case "$previous" in
${choicesOf(commands)}
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="${commands.map(({ name }) => name).join(' ')}"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _ota ota
`;
}

/** What may follow an option; options of one name have the same choices in every command. */
function choicesOf(commands: readonly Command[]): string {
  const options: Options = Object.fromEntries(
    [...commands, { options: commonOptions }].flatMap((one) => Object.entries<Options[string]>(one.options)),
  );
  return Object.entries(options)
    .flatMap(([name, { choices }]) => (choices ? [`    --${name}) words="${choices.join(' ')}" ;;`] : []))
    .join('\n');
}

function wordsOf({ options }: Command): string {
  const all: Options = { ...options, ...commonOptions };
  return Object.keys(all)
    .map((name) => `--${name}`)
    .join(' ');
}
