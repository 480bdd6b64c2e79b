import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { commands } from '../../../cli/commands.ts';
import { exitCodeWords } from '../../../cli/exit-codes.ts';
import { helpOf } from '../../../cli/help.ts';

const documentation = await readFile(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

test.each(commands.map((command) => [command.name, command] as const))(
  'docs/cli.md holds what ota %s --help prints',
  (_name, command) => {
    expect(documentation).toContain(`\n### ${command.name}\n\n\`\`\`text\n${helpOf(command)}\`\`\`\n`);
  },
);

test('docs/cli.md tells of no command that is not there', () => {
  const told = [...documentation.matchAll(/^### (.+)$/gm)].map(([, name]) => name);
  expect(told).toEqual(commands.map(({ name }) => name));
});

test('docs/cli.md lists the exit codes', () => {
  const rows = [...documentation.matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)].map(([, code, words]) => [
    Number(code),
    words,
  ]);
  expect(rows).toEqual(exitCodeWords);
});
