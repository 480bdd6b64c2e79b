import { describe, expect, test } from 'vitest';
import { buildFirmwareImage, fullFlashImage } from '../../../local/devkit/firmware-image.ts';
import { deviceProfile } from '../../../src/shared/firmware/device-profile.ts';
import { checkImage, checkSize } from '../../../src/shared/firmware/image-checks.ts';

const devkit = deviceProfile('iotdevkit');
const generic = deviceProfile('generic');
const image = buildFirmwareImage({ version: '1.0.1', size: 4096 });

function changed(change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(image);
  change(copy);
  return copy;
}

const codeOf = (bytes: Buffer, version = '1.0.1') => checkImage(bytes, version, devkit)?.code;

describe('an image for the DevKit', () => {
  test('passes where it is an application image with its version compiled in', () => {
    expect(checkImage(image, '1.0.1', devkit)).toBeUndefined();
    expect(
      checkImage(buildFirmwareImage({ version: '1.0.1', size: 999_424 }), '1.0.1', devkit),
    ).toBeUndefined();
  });

  test('of 999,424 bytes still fits, one byte more does not', () => {
    expect(checkSize(999_424, devkit)).toBeUndefined();
    expect(checkSize(999_425, devkit)?.code).toBe('image-too-large');
  });

  test.each([
    ['empty', Buffer.alloc(0), 'image-empty'],
    ['erased flash', Buffer.alloc(4096, 0xff), 'image-blank'],
    ['too short for a vector table', Buffer.from([0, 0, 4, 32, 1]), 'image-too-small'],
    ['Intel HEX', Buffer.from(':020000040800F2\n:10C0000000000420\n'), 'image-wrong-format'],
    ['S-record', Buffer.from('S01400004669726D776172652E737265631D\n'), 'image-wrong-format'],
    ['ELF', Buffer.concat([Buffer.from('\x7fELF\x01\x01\x01', 'latin1'), image]), 'image-wrong-format'],
    ['UF2', Buffer.concat([Buffer.from('5546320a57515d9e', 'hex'), image]), 'image-wrong-format'],
    ['zip', Buffer.concat([Buffer.from('PK\x03\x04'), image]), 'image-wrong-format'],
    ['gzip', Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), image]), 'image-wrong-format'],
    [
      'an HTML page',
      Buffer.from('\n<!DOCTYPE html><html><body>Not found</body></html>'),
      'image-wrong-format',
    ],
    ['an HTML page with a byte order mark', Buffer.from('\ufeff<HTML>'), 'image-wrong-format'],
    ["a storage error's XML", Buffer.from('\ufeff<?xml version="1.0"?><Error/>'), 'image-wrong-format'],
    ['a full-flash image', fullFlashImage(image), 'image-full-flash'],
    ['a stack pointer below SRAM', changed((b) => b.writeUInt32LE(0x20000000, 0)), 'image-bad-stack-pointer'],
    ['a stack pointer above SRAM', changed((b) => b.writeUInt32LE(0x20040004, 0)), 'image-bad-stack-pointer'],
    [
      'a stack pointer that is not aligned',
      changed((b) => b.writeUInt32LE(0x2003fffe, 0)),
      'image-bad-stack-pointer',
    ],
    ['an even reset vector', changed((b) => b.writeUInt32LE(0x0800c100, 4)), 'image-bad-reset-vector'],
    [
      'a reset vector behind the image',
      changed((b) => b.writeUInt32LE(0x0800d001, 4)),
      'image-bad-reset-vector',
    ],
    ['a reset vector in RAM', changed((b) => b.writeUInt32LE(0x20000101, 4)), 'image-bad-reset-vector'],
  ])('is refused where it is %s', (_name, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  test('accepts the highest stack pointer and the last odd address', () => {
    expect(codeOf(changed((b) => b.writeUInt32LE(0x20040000, 0)))).toBeUndefined();
    expect(codeOf(changed((b) => b.writeUInt32LE(0x0800c000 + 4095, 4)))).toBeUndefined();
  });

  test('says where to cut a full-flash image', () => {
    expect(checkImage(fullFlashImage(image), '1.0.1', devkit)?.message).toContain('tail -c +49153');
  });

  test('is refused where another version is compiled in', () => {
    expect(codeOf(buildFirmwareImage({ version: '1.0.1', appVersion: '1.0.0', size: 4096 }))).toBe(
      'image-without-version',
    );
    expect(codeOf(buildFirmwareImage({ version: '11.0.1', size: 4096 }))).toBe('image-without-version');
    expect(codeOf(buildFirmwareImage({ version: '1.0.12', size: 4096 }))).toBe('image-without-version');
    expect(codeOf(buildFirmwareImage({ version: '1.0.1.3', size: 4096 }))).toBe('image-without-version');
  });

  test('passes where the compiled version is another spelling of the same', () => {
    expect(codeOf(buildFirmwareImage({ version: '2.1.0', size: 4096 }), '2.1')).toBeUndefined();
    expect(codeOf(buildFirmwareImage({ version: '2.1', size: 4096 }), '2.1.0')).toBeUndefined();
  });
});

describe('an image of the generic profile', () => {
  test('is checked for size and format only', () => {
    expect(checkImage(Buffer.from('any bytes'), '1.0.1', generic)).toBeUndefined();
    expect(checkImage(Buffer.alloc(16, 0xff), '1.0.1', generic)?.code).toBe('image-blank');
    expect(checkImage(Buffer.from('PK\x03\x04'), '1.0.1', generic)?.code).toBe('image-wrong-format');
    expect(checkSize(32 * 1024 * 1024 + 1, generic)?.code).toBe('image-too-large');
  });
});
