import type { Release } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import type { Run } from '../command.ts';
import { timeText } from '../durations.ts';
import { exitCodes } from '../exit-codes.ts';
import { print } from '../print.ts';
import type { Line } from '../styled-text.ts';
import { tableLines } from '../table.ts';
import { moreLines, takeEntries, wanted } from '../take-entries.ts';

/** `ota releases` */
export const run: Run = async (call) => {
  const deviceType = call.options.text('device-type');
  const list = (paging: { limit: number }) => reads.releases({ ...paging, deviceType });
  const entries = await takeEntries(await call.client(), list, wanted(call.options));
  print(call, entries, () => [...releaseTable(entries.value), ...moreLines(entries)]);
  return exitCodes.ok;
};

function releaseTable(releases: readonly Release[]): Line[] {
  if (releases.length === 0) return [['There is no release yet: start with ota publish FILE.']];
  return tableLines<Release>(
    [
      { heading: 'device type', cell: ({ deviceType }) => deviceType },
      { heading: 'version', cell: ({ version }) => version },
      { heading: 'bytes', cell: ({ size }) => String(size), align: 'right' },
      { heading: 'crc', cell: ({ crc16 }) => crc16 },
      { heading: 'released', cell: ({ createdAt }) => timeText(createdAt) },
      { heading: 'rollout', cell: ({ rolloutId }) => rolloutId },
    ],
    releases,
  );
}
