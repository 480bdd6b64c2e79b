import { expect, test } from 'vitest';
import type { Device } from '../../../client/answers.ts';
import { deviceLines } from '../../../cli/device-view.ts';
import { rendered } from '../../../cli/styled-text.ts';
import { exampleUpdate } from '../../../src/functions/api/device-updates.ts';

const report = { life: 0, attempt: 1, gap: 0 };
const device: Device = {
  deviceId: 'devkit-0001',
  currentVersion: '1.0.0',
  lastReportAt: '2026-03-01T09:04:00.000Z',
  updates: [
    {
      ...exampleUpdate,
      state: 'Failed',
      reason: 'VerifyFailed',
      since: '2026-03-01T09:04:00.000Z',
      attemptSince: '2026-03-01T09:00:12.000Z',
      stuck: {
        since: '2026-03-01T09:04:30.000Z',
        diagnosis: 'downloading',
        text: 'Still downloading since 2026-03-01T09:04:00Z. It was connected to IoT Hub at 2026-03-01T09:04:40Z.',
      },
      deviceType: 'IoTDevKit',
      version: '1.0.1',
      history: [
        {
          ...report,
          version: 7,
          status: 'Downloading',
          state: 'Downloading',
          hubTime: '2026-03-01T09:00:12.000Z',
        },
        {
          ...report,
          version: 10,
          status: 'Error',
          state: 'Failed',
          hubTime: '2026-03-01T09:04:00.000Z',
          substatus: 'VerifyFailed',
          gap: 2,
        },
        {
          life: 0,
          gap: 0,
          version: 8,
          status: 'Verifying',
          note: 'late',
          hubTime: '2026-03-01T09:04:01.000Z',
        },
      ],
    },
  ],
};

test('a device is told report by report, with how long each took and what was not seen', () => {
  const lines = deviceLines(device, new Date('2026-03-01T09:05:00.000Z'));
  expect(rendered(lines, { columns: 100, colours: false })).toBe(
    `devkit-0001  runs 1.0.0, last report 1 min ago

fw-iotdevkit-1-0-1  IoTDevKit 1.0.1  Failed (VerifyFailed)
  attempt 1, 3 min 48 s from its start to this state, which holds for 1 min
  stuck for 30 s: longer at it than the plan allows
  Still downloading since 2026-03-01T09:04:00Z.
  It was connected to IoT Hub at 2026-03-01T09:04:40Z.
    2026-03-01 09:00:12                Downloading
    … 2 changes that no report told of
    2026-03-01 09:04:00  +3 min 48 s   Error       = Failed VerifyFailed
    2026-03-01 09:04:01  +1 s          Verifying   (late)
`,
  );
});
