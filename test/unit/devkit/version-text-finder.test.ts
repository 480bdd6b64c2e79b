import { describe, expect, it } from 'vitest';
import { VersionTextFinder } from '../../../local/devkit/version-text-finder.ts';

describe('looking for a version in an image', () => {
  it.each([
    ['\x001.0.1\x00', true],
    ['1.0.1', true],
    ['v1.0.1-beta', true],
    ['\x001.0.10\x00', false],
    ['\x0011.0.1\x00', false],
    ['\x001.0.1.2\x00', false],
    ['\x003.1.0.1\x00', false],
    ['\x001.0.10\x001.0.1\x00', true],
    ['1.0.', false],
    ['', false],
  ])('in %j: %s, however it is cut', (image, expected) => {
    expect(found('1.0.1', [image])).toBe(expected);
    expect(found('1.0.1', image.split(''))).toBe(expected);
    for (let cut = 0; cut <= image.length; cut++) {
      expect(found('1.0.1', [image.slice(0, cut), image.slice(cut)])).toBe(expected);
    }
  });

  it('never finds an empty version', () => {
    expect(found('', ['anything'])).toBe(false);
  });
});

function found(version: string, pieces: string[]): boolean {
  const finder = new VersionTextFinder(version);
  for (const piece of pieces) finder.update(Buffer.from(piece, 'latin1'));
  return finder.found();
}
