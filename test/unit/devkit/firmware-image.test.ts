import { describe, expect, it } from 'vitest';
import {
  buildFirmwareImage,
  fullFlashImage,
  ImageTooSmallError,
} from '../../../local/devkit/firmware-image.ts';

describe('a synthetic application image', () => {
  const image = buildFirmwareImage({ version: '1.0.1', size: 600_000 });

  it('has the size that was asked for and starts like an application', () => {
    expect(image).toHaveLength(600_000);
    expect(image.readUInt32LE(0)).toBe(0x20040000);
    const vectors = Array.from({ length: 112 }, (_, index) => image.readUInt32LE(4 + index * 4));
    const used = vectors.filter((vector) => vector !== 0);
    expect(used).toHaveLength(107);
    for (const vector of used) {
      expect(vector % 2).toBe(1);
      expect(vector).toBeGreaterThan(0x0800c000 + 113 * 4);
      expect(vector).toBeLessThan(0x0800c000 + 600_000);
    }
  });

  it('holds the version and the device type as C strings', () => {
    expect(image.includes('\x001.0.1\x00')).toBe(true);
    expect(image.includes('\0IoTDevKit\0')).toBe(true);
  });

  it('can hold another version than it is meant to be', () => {
    const wrong = buildFirmwareImage({ version: '1.0.1', appVersion: '1.0.0', size: 10_000 });
    expect(wrong.includes('1.0.1')).toBe(false);
    expect(wrong.includes('\x001.0.0\x00')).toBe(true);
  });

  it('is the same for the same seed and another for another', () => {
    expect(buildFirmwareImage({ version: '1.0.1', size: 600_000 }).equals(image)).toBe(true);
    expect(buildFirmwareImage({ version: '1.0.1', size: 600_000, seed: 2 }).equals(image)).toBe(false);
  });

  it('is refused where it has no room for its parts, and works where it just has', () => {
    expect(() => buildFirmwareImage({ version: '1.0.1', size: 519 })).toThrow(ImageTooSmallError);
    expect(buildFirmwareImage({ version: '1.0.1', size: 520 }).includes('\x001.0.1\x00')).toBe(true);
  });
});

describe('a full-flash image', () => {
  it('has the bootloader, a filled gap, and the application at 0xC000', () => {
    const application = buildFirmwareImage({ version: '1.0.1', size: 20_000 });
    const flash = fullFlashImage(application);
    expect(flash.readUInt32LE(0)).toBe(0x2000d650);
    expect(flash.readUInt32LE(4)).toBe(0x08000035);
    expect(flash.subarray(0xb000, 0xc000).every((byte) => byte === 0xff)).toBe(true);
    expect(flash.subarray(0xc000).equals(application)).toBe(true);
  });
});
