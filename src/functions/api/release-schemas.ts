import * as z from 'zod';
import { isDeviceType } from '../../shared/firmware/device-type.ts';
import { isVersion } from '../../shared/firmware/version.ts';
import { timestamp } from './device-updates.ts';

export const deviceType = z
  .string()
  .max(64)
  .refine(isDeviceType, 'is not a device type')
  .meta({
    description: 'As devices report it in `firmware.type`; case does not matter.',
    examples: ['IoTDevKit'],
  });

export const version = z
  .string()
  .max(39)
  .refine(isVersion, 'is not a firmware version')
  .meta({
    description: 'One to four dotted integers; `1.0` and `1.0.0` are one version.',
    examples: ['1.0.1'],
  });

export const release = z
  .object({
    deviceType: z.string(),
    version: z.string(),
    size: z.int().meta({ description: 'Bytes.' }),
    crc16: z
      .string()
      .meta({ description: 'CRC-16/XMODEM, as the device is told it: `0x` and four hex digits.' }),
    sha256: z.string(),
    url: z.string().meta({ description: 'Where devices download it, without secrets.' }),
    rolloutId: z.string(),
    source: z
      .object({ path: z.string(), etag: z.string() })
      .meta({ description: 'The upload that it was admitted from.' }),
    createdAt: timestamp,
  })
  .meta({ id: 'Release', description: 'An admitted firmware image.' });

export const exampleRelease = {
  deviceType: 'IoTDevKit',
  version: '1.0.1',
  size: 600_000,
  crc16: '0x31c3',
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  url: 'https://example.blob.core.windows.net/releases/IoTDevKit/1.0.1-9f86d081884c.bin',
  rolloutId: 'fw-iotdevkit-1-0-1',
  source: { path: 'FirmwareOTA-1.0.1.bin', etag: '0x8DC4F1A2B3C4D5E' },
  createdAt: '2026-03-01T09:00:00.000Z',
};
