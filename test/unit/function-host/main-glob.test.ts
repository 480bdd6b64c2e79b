import { describe, expect, test } from 'vitest';
import { mainGlob } from '../../../local/function-host/main-glob.ts';

describe('the pattern in package.json main', () => {
  test.each([
    ['dist/index.js', 'dist/index.js'],
    ['./dist/index.js', 'dist/index.js'],
    ['dist/functions/*.js', 'dist/functions/a.js'],
    ['dist/{index.js,functions/*.js}', 'dist/functions/a.js'],
    ['dist/{index.js,functions/*.js}', 'dist/index.js'],
    ['dist/**/*.js', 'dist/a.js'],
    ['dist/**/*.js', 'dist/a/b/c.js'],
  ])('%s matches %s', (pattern, file) => {
    expect(mainGlob(pattern).test(file)).toBe(true);
  });

  test.each([
    ['dist/functions/*.js', 'dist/functions/a/b.js'],
    ['dist/index.js', 'dist/indexAjs'],
    ['dist/index.js', 'src/dist/index.js'],
    ['dist/*.js', 'dist/a.js.map'],
  ])('%s does not match %s', (pattern, file) => {
    expect(mainGlob(pattern).test(file)).toBe(false);
  });
});
