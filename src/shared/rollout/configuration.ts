import type { Configuration } from 'azure-iothub';
import { crc16Text } from '../firmware/checksums.ts';
import type { Release } from '../firmware/release.ts';
import { reportedStatuses } from '../status/reported-firmware.ts';
import { hubTarget } from './hub-target.ts';
import type { NewRollout, RolloutPosition } from './rollout.ts';

/** The desired section that the DevKit reads. All four members, always: a device crashes on a missing one. */
export interface DesiredFirmware {
  readonly fwVersion: string;
  readonly fwPackageURI: string;
  /** `0x` and four hex digits, a string. */
  readonly fwPackageCheckValue: string;
  /** Bytes, a number: the device reads a string as 0. */
  readonly fwSize: number;
}

/**
 * The IoT Hub automatic device configuration of a rollout.
 * @param downloadUrl what devices download, with its query if there is one
 */
export function configurationOf(
  rollout: NewRollout & RolloutPosition,
  release: Release,
  downloadUrl: string,
): Configuration {
  return {
    id: rollout.id,
    schemaVersion: '1.0',
    content: { deviceContent: { 'properties.desired.firmware': desiredFirmware(release, downloadUrl) } },
    ...hubTarget(rollout),
    labels: {
      ...rollout.labels,
      version: release.version,
      deviceType: release.deviceType,
      crc16: crc16Text(release.crc16),
      size: String(release.size),
      sha256: release.sha256,
    },
    metrics: { queries: metricQueries(release.deviceType) },
  };
}

function desiredFirmware(release: Release, downloadUrl: string): DesiredFirmware {
  return {
    fwVersion: release.version,
    fwPackageURI: downloadUrl,
    fwPackageCheckValue: crc16Text(release.crc16),
    fwSize: release.size,
  };
}

/** The five custom metrics that a person watches in the portal; five is the hub's limit. */
function metricQueries(deviceType: string): Record<string, string> {
  return Object.fromEntries(
    reportedStatuses.map((status) => [
      status,
      `SELECT deviceId FROM devices WHERE properties.reported.firmware.fwUpdateStatus='${status}' AND properties.reported.firmware.type='${deviceType}'`,
    ]),
  );
}
