import { expect, test } from 'vitest';
import { forecastInWords } from '../../../web/upload/forecast-words.ts';
import { nameRefused } from '../../../web/upload/image-name.ts';

test.each(['FirmwareOTA-1.0.1.bin', 'a.BIN', 'my image (2) +x_y.bin'])('%s can be uploaded', (name) => {
  expect(nameRefused(name)).toBeUndefined();
});

test.each([
  ['firmware.hex', 'is no .bin file'],
  ['bin', 'is no .bin file'],
  ['größe.bin', 'Rename the file'],
  ['.hidden.bin', 'Rename the file'],
  ['a/b.bin', 'Rename the file'],
  [`${'x'.repeat(200)}.bin`, 'longer than 200'],
])('%s is refused before it is sent, with what to do', (name, words) => {
  expect(nameRefused(name)).toContain(words);
});

const FORECAST = {
  deviceType: 'IoTDevKit',
  version: '1.0.1',
  plan: 'careful',
  priority: 10,
  targetCondition: '*',
  size: 600_000,
  crc16: '0x31c3',
  sha256: 'ab'.repeat(32),
  matching: 20_000,
  firstStage: { name: '0.1 %', targetCondition: '', devices: 1 },
  unreached: ['1', '2', '3', '4'].map((n) => ({
    deviceId: `devkit-${n}`,
    reason: 'version-not-lower' as const,
    detail: 'runs 1.0.1',
  })),
  configurations: { onHub: 12, quota: 100 },
  messages: { expected: 140_000, daily: 400_000 },
  warnings: ['The hub has room for few more.'],
};

test('a forecast tells whom it reaches, what it costs and what is odd', () => {
  const lines = forecastInWords(FORECAST).join('\n');
  expect(lines).toContain('20,000 devices match its target now');
  expect(lines).toContain('“0.1 %”, is 1 device.');
  expect(lines).toContain('4 devices would not be reached: devkit-1 runs 1.0.1;');
  expect(lines).toContain('and others');
  expect(lines).not.toContain('devkit-4');
  expect(lines).toContain('140,000 messages of the hub');
  expect(lines).toContain('The hub has room for few more.');
});

test('a forecast does not know the first stage while its tags are not written', () => {
  const { firstStage: _, ...rest } = FORECAST;
  const lines = forecastInWords(rest).join('\n');
  expect(lines).toContain('not known yet');
});
