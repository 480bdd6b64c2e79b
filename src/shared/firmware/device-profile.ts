/**
 * What the image checks know of a kind of device. Addresses and sizes are in bytes.
 *
 * The DevKit (MXChip AZ3166, STM32F412): 256 KiB SRAM from 0x20000000; the application is linked at
 * 0x0800C000, behind the bootloader; both the application area and the OTA area of its external flash
 * hold 0xF4000 bytes.
 */
export interface DeviceProfile {
  readonly name: DeviceProfileName;
  readonly maxBytes: number;
  /** The Cortex-M vector table at the start of an application image; absent where nothing is known. */
  readonly layout:
    | {
        /** The initial stack pointer lies above `start` and at most at `end`: it points past the last word. */
        readonly sram: { readonly start: number; readonly end: number };
        readonly flashStart: number;
        readonly applicationStart: number;
      }
    | undefined;
  /** The running version is compiled into the image, so its text must occur there. */
  readonly versionInImage: boolean;
  /** Whether the device takes a version that is not higher than the one that it runs. */
  readonly allowsDowngrade: boolean;
}

export const deviceProfileNames = ['iotdevkit', 'generic'] as const;
export type DeviceProfileName = (typeof deviceProfileNames)[number];

const KIB = 1024;

const profiles: Readonly<Record<DeviceProfileName, DeviceProfile>> = {
  iotdevkit: {
    name: 'iotdevkit',
    maxBytes: 0xf4000,
    layout: {
      sram: { start: 0x20000000, end: 0x20000000 + 256 * KIB },
      flashStart: 0x08000000,
      applicationStart: 0x0800c000,
    },
    versionInImage: true,
    allowsDowngrade: false,
  },
  // The image is held in memory once while it is checked, so that what was checked is what is released.
  generic: {
    name: 'generic',
    maxBytes: 32 * KIB * KIB,
    layout: undefined,
    versionInImage: false,
    allowsDowngrade: true,
  },
};

export function deviceProfile(name: DeviceProfileName): DeviceProfile {
  return profiles[name];
}

/** No device takes more than the largest profile's. */
export const MAX_IMAGE_BYTES = Math.max(...Object.values(profiles).map(({ maxBytes }) => maxBytes));
