import { describe, expect, test } from 'vitest';
import { parseBlobPath } from '../../../local/function-host/blob-path-pattern.ts';

describe('blob path patterns', () => {
  test.each([
    ['firmware/{name}', 'a/b.bin', { name: 'a/b.bin' }],
    ['firmware/{family}/{name}', 'a/b/c.bin', { family: 'a/b', name: 'c.bin' }],
    ['firmware/in/{name}.bin', 'in/x.y.bin', { name: 'x.y' }],
    ['firmware/{name}.{ext}', 'x.tar.gz', { name: 'x.tar', ext: 'gz' }],
    ['firmware', 'any/thing', {}],
    ['firmware/{name}', 'two\nlines', { name: 'two\nlines' }],
  ])('%s takes %j', (path, blobName, captured) => {
    expect(parseBlobPath(path).match(blobName)).toEqual(captured);
  });

  test.each([
    ['firmware/in/{name}.bin', 'out/x.bin'],
    ['firmware/in/{name}.bin', 'in/xbbin'],
    ['firmware/fixed.bin', 'fixed.bin.bak'],
  ])('%s leaves %s alone', (path, blobName) => {
    expect(parseBlobPath(path).match(blobName)).toBeUndefined();
  });

  test('container and the fixed beginning of the names are known for listing', () => {
    expect(parseBlobPath('firmware/in/{name}')).toMatchObject({ container: 'firmware', prefix: 'in/' });
  });

  test.each(['', '/', '{container}/{name}'])('%j has no fixed container', (path) => {
    expect(() => parseBlobPath(path)).toThrow('needs a fixed container name');
  });
});
