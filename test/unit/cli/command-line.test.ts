import { describe, expect, test } from 'vitest';
import { commands } from '../../../cli/commands.ts';
import { didYouMean } from '../../../cli/did-you-mean.ts';
import { CommandError } from '../../../cli/failure.ts';
import { parseCommandLine } from '../../../cli/parse-command-line.ts';

function parse(name: string, ...words: string[]) {
  const command = commands.find((one) => one.name === name);
  if (!command) throw new Error(`no command ${name}`);
  return parseCommandLine(command, words);
}

function refusal(name: string, ...words: string[]): CommandError {
  try {
    parse(name, ...words);
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  return expect.fail('it was taken');
}

describe('a command line', () => {
  test('holds arguments and options in any order', () => {
    const { args, options } = parse('devices', '--state', 'failed', 'fw-1', '--all', '--output=json');
    expect(args).toEqual(['fw-1']);
    expect(options.text('state')).toBe('Failed');
    expect(options.flag('all')).toBe(true);
    expect(options.flag('stuck')).toBe(false);
    expect(options.text('output')).toBe('json');
  });

  test('repeats only what may be repeated', () => {
    const { options } = parse('publish', 'a.bin', '--label', 'a=1', '--label', 'b=2');
    expect(options.list('label')).toEqual(['a=1', 'b=2']);
    expect(refusal('publish', 'a.bin', '--plan', 'a', '--plan', 'b').message).toBe('--plan was given twice.');
  });

  test.each([
    [['watch'], 'ota watch needs ROLLOUT.', ['See: ota watch --help']],
    [['status', 'a', 'b'], 'ota status takes no argument "b".', ['See: ota status --help']],
    [['devices', 'fw-1', '--stat', 'Failed'], 'ota devices has no option --stat.', ['Did you mean --state?']],
    [['devices', 'fw-1', '--state', 'Faild'], '--state "Faild" is not one of: ', ['Did you mean "Failed"?']],
    [['devices', 'fw-1', '--state'], '--state needs a value: --state STATE', []],
    [['devices', 'fw-1', '--stuck=yes'], '--stuck takes no value.', []],
    [['status', '--output', 'xml'], '--output "xml" is not one of: table, json.', []],
    [['status', '-x'], 'ota status has no option -x.', ['See: ota status --help']],
  ])('%j is met with what is wrong and what to do', ([name = '', ...words], message, next) => {
    const error = refusal(name, ...words);
    expect(error.exit).toBe(2);
    expect(error.message).toContain(message);
    expect(error.next).toEqual(expect.arrayContaining(next));
  });

  test('asks for help without its arguments', () => {
    expect(parse('watch', '--help').options.flag('help')).toBe(true);
    expect(parse('watch', '-h').options.flag('help')).toBe(true);
  });
});

test('a slip is met with the nearest words, and nonsense with none', () => {
  expect(didYouMean('statsu', ['status', 'stop', 'watch'])).toEqual(['status']);
  expect(didYouMean('dev', ['device', 'devices', 'stop'])).toEqual(['device', 'devices']);
  expect(didYouMean('xyzzy', ['status', 'stop'])).toEqual([]);
});
