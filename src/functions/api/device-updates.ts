import * as z from 'zod';
import { diagnoses } from '../../shared/rollout/diagnosis.ts';
import { deviceUpdateStates } from '../../shared/status/device-update.ts';

export const timestamp = z.iso.datetime();

/** As IoT Hub documents device ids. */
export const deviceId = z
  .string()
  .regex(/^[A-Za-z0-9\-.+%_#*?!(),:=@$']{1,128}$/, 'is not an id that a device can have')
  .meta({ description: "The device's id in IoT Hub.", examples: ['devkit-0001'] });

export const deviceState = z
  .enum(deviceUpdateStates, `must be one of ${deviceUpdateStates.join(', ')}`)
  .meta({
    id: 'DeviceState',
    description:
      'Where a device is on its way through a rollout; the last four are ends. `Succeeded` is: it reported that it runs the version of the release.',
  });

const stuck = z
  .object({
    since: timestamp.meta({ description: 'Since when it is over the limit of its state.' }),
    diagnosis: z.enum(diagnoses).meta({
      description:
        '`downloading` and `verifying`: still at it. `applied-not-back`: it has not said what it runs since it applied the image. `offline`, `disabled`, `deleted`: as IoT Hub said.',
    }),
    offlineSince: timestamp.optional().meta({
      description: 'When a device that is not connected was last heard of, by IoT Hub or by a report.',
    }),
    askedAt: timestamp.optional().meta({
      description:
        'When IoT Hub was asked whether it is connected: soon after it is stuck, then every 10 minutes. Absent where it was not yet.',
    }),
    text: z.string().meta({ description: 'The same for people.' }),
  })
  .meta({
    id: 'Stuck',
    description:
      'It has been in its working state for longer than the plan allows, and why as far as it is known: a flag, not an end.',
  });

const summary = {
  deviceId,
  rolloutId: z.string(),
  state: deviceState,
  attempt: z.int().meta({ description: '1 for the first. An end is final for its attempt.' }),
  since: timestamp.meta({ description: 'Since when the state holds.' }),
  attemptSince: timestamp,
  firstSeenAt: timestamp,
  lastReportAt: timestamp,
  currentVersion: z.string().optional().meta({ description: 'What the device runs, as far as it said.' }),
  reason: z.string().optional().meta({ description: "Why it failed, in the device's words." }),
  reportedVersion: z.int().meta({ description: '`$version` of the newest report that was applied.' }),
  stuck: stuck.optional(),
  missed: z.int().meta({
    description:
      'Changes of reported properties of which no report came: merged by the hub, lost, or of other properties.',
  }),
};

export const deviceUpdate = z
  .object(summary)
  .meta({ id: 'DeviceUpdate', description: "One device's way through one rollout." });

const historyItem = z
  .object({
    version: z.int().meta({ description: '`reported.$version` of the report.' }),
    life: z.int().meta({ description: 'How often the device had been created anew in the hub.' }),
    status: z.string().meta({ description: 'What the device reported.' }),
    state: deviceState
      .optional()
      .meta({ description: 'After this report; absent for a late one, which changed nothing.' }),
    attempt: z.int().optional(),
    hubTime: timestamp,
    deviceTime: timestamp.optional().meta({ description: "By the device's own clock." }),
    currentVersion: z.string().optional(),
    substatus: z.string().optional(),
    note: z.enum(['restarted', 'recreated', 'late']).optional(),
    gap: z.int().meta({ description: 'How many changes lie before this report that no report told of.' }),
  })
  .meta({ id: 'HistoryItem' });

export const deviceUpdateDetail = z
  .object({
    ...summary,
    deviceType: z.string(),
    version: z.string().meta({ description: 'What the rollout delivers.' }),
    history: z.array(historyItem).meta({ description: 'Oldest first.' }),
  })
  .meta({ id: 'DeviceUpdateDetail' });

export const exampleUpdate = {
  deviceId: 'devkit-0001',
  rolloutId: 'fw-iotdevkit-1-0-1',
  state: 'Succeeded',
  attempt: 1,
  since: '2026-03-01T09:00:41.000Z',
  attemptSince: '2026-03-01T09:00:12.000Z',
  firstSeenAt: '2026-03-01T09:00:12.000Z',
  lastReportAt: '2026-03-01T09:00:41.000Z',
  currentVersion: '1.0.1',
  reportedVersion: 9,
  missed: 0,
} as const;
