import { namedVersion } from './attribution.ts';
import type { DeviceReport } from './twin-change.ts';

/**
 * Cuts a batch into waves that are recorded one after the other. A report that names no version can
 * only be attributed after all earlier ones of its device are recorded, so it begins a new wave for the
 * device. Nearly always there is one wave.
 */
export function wavesOf<Item extends { readonly report: DeviceReport }>(items: readonly Item[]): Item[][] {
  const waves: Item[][] = [];
  const waveOfDevice = new Map<string, number>();
  for (const item of items) {
    const { deviceId } = item.report;
    const current = waveOfDevice.get(deviceId);
    const mustWait = current !== undefined && namedVersion(item.report) === undefined;
    const wave = (current ?? 0) + (mustWait ? 1 : 0);
    waveOfDevice.set(deviceId, wave);
    (waves[wave] ??= []).push(item);
  }
  return waves;
}
