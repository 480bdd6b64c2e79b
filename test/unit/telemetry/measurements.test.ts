import { afterEach, describe, expect, test } from 'vitest';
import { openMeasurements } from '../../../src/shared/telemetry/measurements.ts';
import { openOtlpMeter } from '../../../src/shared/telemetry/otlp-meter.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../integration/otlp-receiver.ts';

let receiver: OtlpReceiver | undefined;
afterEach(async () => {
  await receiver?.close();
  receiver = undefined;
});

/** Measurements to a collector of this test, and how often the SDK was asked for. */
async function measuring(failures = 0) {
  const collector = await startOtlpReceiver();
  receiver = collector;
  let loads = 0;
  const measurements = openMeasurements(async () => {
    loads += 1;
    if (loads <= failures) throw new Error('not loadable now');
    return openOtlpMeter(collector.url, 'test');
  });
  return { ...measurements, collector, loads: () => loads };
}

describe('measurements', () => {
  test('are kept without the SDK until the first flush, then sent', async () => {
    const { measure, flush, close, collector, loads } = await measuring();
    measure('ota.device.ends', 2, { state: 'Failed' });
    measure('ota.device.ends', 1, { state: 'Failed' });
    expect(loads()).toBe(0);
    expect(await flush()).toBeUndefined();
    expect(collector.points('ota.device.ends')).toMatchObject([
      { value: 3, attributes: { state: 'Failed' } },
    ]);
    measure('ota.device.ends', 4, { state: 'Failed' });
    await close();
    expect(collector.points('ota.device.ends')).toMatchObject([{ value: 7 }]);
    expect(loads()).toBe(1);
  });

  test('survive an SDK that could not be loaded', async () => {
    const { measure, flush, close, collector } = await measuring(1);
    measure('ota.batch.size', 294, {});
    expect(await flush()).toMatchObject({ error: new Error('not loadable now') });
    expect(await flush()).toBeUndefined();
    expect(collector.points('ota.batch.size')).toMatchObject([{ value: 294, count: 1, unit: '{event}' }]);
    await close();
  });

  test('load nothing where nothing was measured', async () => {
    const { close, loads } = await measuring();
    await close();
    expect(loads()).toBe(0);
  });

  test('say so where the collector does not take them, and do not throw', async () => {
    // Port 1 of loopback: refused at once.
    const { measure, flush, close } = openMeasurements(async () =>
      openOtlpMeter('http://127.0.0.1:1', 'test'),
    );
    measure('ota.batch.size', 1, {});
    expect(await flush()).toMatchObject({ error: expect.any(Error) });
    await expect(close()).resolves.toBeUndefined();
  });
});
