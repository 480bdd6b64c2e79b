import { expect, test } from 'vitest';
import { type Finding, findingLines } from '../../../cli/diagnosis.ts';
import { rendered } from '../../../cli/styled-text.ts';

const findings: readonly Finding[] = [
  { check: 'app', level: 'ok', text: 'it answers' },
  {
    check: 'releasesContainer',
    level: 'fail',
    text: 'it does not answer the app: ETIMEDOUT',
    next: [
      'Check the role of the app on the storage account.',
      '  code_that_is(kept_as_it_is, however_long);',
    ],
  },
];
const shown = (columns: number) =>
  rendered(findingLines(findings, columns), { colours: false, columns: Number.POSITIVE_INFINITY }).split(
    '\n',
  );

test('findings stand below one another, whatever they are called', () => {
  expect(shown(Number.POSITIVE_INFINITY)).toEqual([
    'ok    app                it answers',
    'fail  releasesContainer  it does not answer the app: ETIMEDOUT',
    '                         Check the role of the app on the storage account.',
    '                           code_that_is(kept_as_it_is, however_long);',
    '',
  ]);
});

test('in a narrow terminal they go on in the next line, and nothing is cut off but code', () => {
  expect(shown(60)).toEqual([
    'ok    app                it answers',
    'fail  releasesContainer  it does not answer the app:',
    '                         ETIMEDOUT',
    '                         Check the role of the app on the',
    '                         storage account.',
    '                           code_that_is(kept_as_it_is, however_long);',
    '',
  ]);
});
