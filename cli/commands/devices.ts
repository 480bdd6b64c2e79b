import type { DeviceState, DeviceUpdate } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import type { Run } from '../command.ts';
import { since } from '../durations.ts';
import { exitCodes } from '../exit-codes.ts';
import { orKnownRollouts } from '../find-rollout.ts';
import { print } from '../print.ts';
import { stateStyle } from '../rollout-view.ts';
import { type Line, styled } from '../styled-text.ts';
import { tableLines } from '../table.ts';
import { moreLines, takeEntries, wanted } from '../take-entries.ts';

/** `ota devices ROLLOUT` */
export const run: Run = async (call) => {
  const client = await call.client();
  const { args, options, world } = call;
  const [id = ''] = args;
  const filters = {
    // One of the option's choices.
    state: options.text('state') as DeviceState | undefined,
    reason: options.text('reason'),
    stuck: options.flag('stuck') ? ('true' as const) : undefined,
  };
  const entries = await orKnownRollouts(client, id, () =>
    takeEntries(client, (paging) => reads.rolloutDevices(id, { ...filters, ...paging }), wanted(options)),
  );
  print(call, entries, () => [...deviceTable(entries.value, world.now()), ...moreLines(entries)]);
  return exitCodes.ok;
};

function deviceTable(devices: readonly DeviceUpdate[], now: Date): Line[] {
  if (devices.length === 0) return [['No device of the rollout is like this.']];
  return tableLines<DeviceUpdate>(
    [
      { heading: 'device', cell: ({ deviceId }) => deviceId },
      { heading: 'state', cell: ({ state }) => styled(stateStyle(state), state) },
      { heading: 'for', cell: (device) => since(device.since, now) },
      { heading: 'attempt', cell: ({ attempt }) => String(attempt), align: 'right' },
      { heading: 'runs', cell: ({ currentVersion }) => currentVersion ?? '?' },
      { heading: 'remark', cell: (device) => remark(device, now) },
    ],
    devices,
  );
}

function remark({ reason, stuck, missed }: DeviceUpdate, now: Date): string {
  return [
    ...(reason === undefined ? [] : [reason]),
    ...(stuck === undefined ? [] : [`stuck for ${since(stuck.since, now)}`, whyStuck(stuck, now)]),
    ...(missed === 0 ? [] : [`${missed} changes not seen`]),
  ].join(', ');
}

/** `ota device` tells more. */
function whyStuck({ diagnosis, offlineSince }: NonNullable<DeviceUpdate['stuck']>, now: Date): string {
  const words = diagnosis.replaceAll('-', ' ');
  if (offlineSince === undefined) return words;
  return `${diagnosis === 'offline' ? words : `${words}, offline`} for ${since(offlineSince, now)}`;
}
