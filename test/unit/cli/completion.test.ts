import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { commands } from '../../../cli/commands.ts';
import { completion } from '../../../cli/commands/completion.ts';

async function script(shell: string): Promise<string> {
  let out = '';
  const output = { isTerminal: false, look: () => ({ columns: 80, rows: 24, colours: false }) };
  const world = {
    env: {},
    directory: '/',
    out: { ...output, write: (text: string) => void (out += text) },
    err: { ...output, write: () => undefined },
    now: () => new Date(0),
    ask: undefined,
    interrupted: new AbortController().signal,
  };
  const options = { text: () => undefined, flag: () => false, list: () => [] };
  const client = async () => expect.fail('completion asks nobody');
  await completion(commands)({ world, args: [shell], options, output: 'table', client });
  return out;
}

/** What bash offers for a line whose last word is being typed. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const line = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _ota; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const source = `${await script('bash')}${line}`;
  return execFileSync('bash', ['-c', source], { cwd: '/', encoding: 'utf8' }).trim().split('\n');
}

describe('completion in bash', () => {
  test('offers commands, then their options', async () => {
    expect(await offered('ota', 're')).toEqual([
      'resume',
      'retarget',
      'revert',
      'retire',
      'releases',
      'refusals',
    ]);
    expect(await offered('ota', 'watch', '--')).toEqual([
      '--timeout',
      '--url',
      '--key-file',
      '--output',
      '--help',
    ]);
  });

  test('offers what an option may be', async () => {
    expect(await offered('ota', 'devices', 'fw-1', '--state', 'S')).toEqual(['Succeeded']);
    expect(await offered('ota', 'status', '--output', '')).toEqual(['table', 'json']);
  });

  test('offers files where nothing else fits', async () => {
    expect(await offered('ota', 'publish', 'us')).toEqual(['usr']);
  });
});

test('completion in zsh is the same, by way of bash', async () => {
  expect(await script('zsh')).toBe(`autoload -Uz bashcompinit && bashcompinit\n${await script('bash')}`);
});

test('another shell is refused with those that are known', async () => {
  await expect(script('fish')).rejects.toThrow('bash and zsh');
});
