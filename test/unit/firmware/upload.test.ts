import { describe, expect, test } from 'vitest';
import { isFirmware, readUploadRequest, uploadId } from '../../../src/shared/firmware/upload.ts';

const defaults = { deviceType: 'IoTDevKit' };
const read = (path: string, metadata: Record<string, string> = {}) =>
  readUploadRequest({ path, metadata }, defaults);
const codeOf = (path: string, metadata: Record<string, string> = {}) => {
  const result = read(path, metadata);
  return result.ok ? undefined : result.refusal.code;
};

describe('what an upload asks for', () => {
  test('comes from its path where it has no metadata', () => {
    expect(read('FirmwareOTA-1.0.1.bin')).toEqual({
      ok: true,
      request: {
        version: '1.0.1',
        deviceType: 'IoTDevKit',
        plan: undefined,
        targetCondition: undefined,
        priority: undefined,
        labels: {},
        dryRun: false,
      },
    });
  });

  test('comes from its metadata first', () => {
    const metadata = {
      fwversion: ' 2.0 ',
      devicetype: 'Thermostat',
      targetcondition: "tags.environment='test'",
      priority: '20',
      plan: 'careful',
      dryrun: 'TRUE',
      label_ticket: 'OPS-17',
      other: 'ignored',
    };
    expect(read('FirmwareOTA-1.0.1.bin', metadata)).toEqual({
      ok: true,
      request: {
        version: '2.0',
        deviceType: 'Thermostat',
        targetCondition: "tags.environment='test'",
        priority: 20,
        plan: 'careful',
        dryRun: true,
        labels: { ticket: 'OPS-17' },
      },
    });
  });

  test.each([
    ['no version', 'firmware.bin', {}, 'version-missing'],
    ['too many components', 'fw-1.2.3.4.5.bin', {}, 'version-invalid'],
    ['a suffix', 'fw.bin', { fwversion: '1.0.1-beta' }, 'version-invalid'],
    ['an empty version', 'fw-1.0.bin', { fwversion: '' }, 'version-invalid'],
    ['a quote in the device type', 'fw-1.0.bin', { devicetype: "x' OR '1'='1" }, 'device-type-invalid'],
    ['an empty target', 'fw-1.0.bin', { targetcondition: ' ' }, 'target-condition-invalid'],
    [
      'a target past the bound',
      'fw-1.0.bin',
      { targetcondition: 'x'.repeat(7001) },
      'target-condition-invalid',
    ],
    [
      'a target that escapes its brackets',
      'fw-1.0.bin',
      { targetcondition: "tags.e='a') OR (tags.e='b'" },
      'target-condition-invalid',
    ],
    ['a negative priority', 'fw-1.0.bin', { priority: '-1' }, 'priority-invalid'],
    ['a broken priority', 'fw-1.0.bin', { priority: '1.5' }, 'priority-invalid'],
    ['a priority past 32 bits', 'fw-1.0.bin', { priority: '2147483648' }, 'priority-invalid'],
    ['a plan that is a path', 'fw-1.0.bin', { plan: '../x' }, 'plan-invalid'],
    ['a reserved label', 'fw-1.0.bin', { label_sha256: 'x' }, 'label-invalid'],
    ['a label past the bound', 'fw-1.0.bin', { label_a: 'x'.repeat(129) }, 'label-invalid'],
    ['a label with a dollar sign', 'fw-1.0.bin', { label_a: '$x' }, 'label-invalid'],
  ])('is refused with %s', (_name, path, metadata, code) => {
    expect(codeOf(path, metadata)).toBe(code);
  });
});

test('only .bin is firmware', () => {
  expect(['a.bin', 'dir/A.BIN'].every(isFirmware)).toBe(true);
  expect(['a.hex', 'bin', 'a.bin.txt', 'plans/careful.json'].some(isFirmware)).toBe(false);
});

test('an upload is identified by path and etag', () => {
  expect(uploadId('a', '1')).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set([uploadId('a', '1'), uploadId('a', '2'), uploadId('b', '1')]).size).toBe(3);
});
