import * as z from 'zod';
import { csvRow } from '../../shared/http/csv.ts';
import { content, type ContentResult, operation } from '../../shared/http/operation.ts';
import { continuation, linkHeader, nextLinkOf, wholeNumber } from '../../shared/http/paging.ts';
import { type Route, route } from '../../shared/http/route.ts';
import type { RolloutRecord } from '../../shared/rollout/rollout.ts';
import {
  type DeviceQuery,
  type FlaggedDevice,
  type MatchingParts,
  matchingDevices,
} from './matching-devices.ts';
import { deviceFilters, type RolloutDevicesParts } from './rollout-devices.ts';
import { existingRollout } from './rollouts.ts';
import { rolloutId } from './rollout-schemas.ts';

/**
 * A file is made in memory, page by page: streaming would make the Functions worker listen on all
 * interfaces. So it is bounded, at about 15 MB; what is more comes in the next file.
 */
const DEVICES_A_FILE = 50_000;
/** The table service gives at most 1000 rows in an answer. */
const DEVICES_A_READ = 1000;
const READS_A_FILE = DEVICES_A_FILE / DEVICES_A_READ;

const exported = {
  method: 'GET',
  right: 'read',
  tag: 'Devices',
  parameters: z.object({ id: rolloutId }),
  query: z.strictObject({
    ...deviceFilters,
    limit: wholeNumber(1, DEVICES_A_FILE)
      .default(DEVICES_A_FILE)
      .meta({ description: 'How many devices a file holds at most.' }),
    continuation,
  }),
  problems: ['not-found'],
} as const;

const more = `A file holds up to ${DEVICES_A_FILE} devices; where there are more, the header \`Link\` (rel="next") leads to the next file.`;

const exportCsv = operation({
  ...exported,
  id: 'rollout-devices-csv',
  path: '/rollouts/{id}/devices.csv',
  summary: 'Export the devices of a rollout as CSV',
  description: `${more} Only the first one begins with the names of the columns. A text that a spreadsheet would take for a formula has a \`'\` before it.`,
  answer: content({ mediaTypes: ['text/csv'], description: 'The devices, one a row.' }),
});

const exportNdjson = operation({
  ...exported,
  id: 'rollout-devices-ndjson',
  path: '/rollouts/{id}/devices.ndjson',
  summary: 'Export the devices of a rollout as NDJSON',
  description: `${more} Each line is a \`DeviceUpdate\`.`,
  answer: content({ mediaTypes: ['application/x-ndjson'], description: 'The devices, one a line.' }),
});

/** HTTP: the devices of a rollout as files. */
export function deviceExportRoutes({ rollouts, ledger, connections, now }: RolloutDevicesParts): Route[] {
  const devicesOf = async (id: string, query: DeviceQuery) =>
    devicesForFile({ reads: await ledger(), connections }, await existingRollout(rollouts, id), query, now());
  return [
    route(exportCsv, async ({ path, query, url }) => {
      const { devices, next } = await devicesOf(path.id, query);
      const header = query.continuation === undefined ? csvRow([...COLUMNS, ...STUCK_COLUMNS]) : '';
      return file(url, `${path.id}.csv`, 'text/csv; charset=utf-8', header + devices.map(row).join(''), next);
    }),
    route(exportNdjson, async ({ path, query, url }) => {
      const { devices, next } = await devicesOf(path.id, query);
      const lines = devices.map((device) => `${JSON.stringify(device)}\n`).join('');
      return file(url, `${path.id}.ndjson`, 'application/x-ndjson', lines, next);
    }),
  ];
}

const COLUMNS = [
  'deviceId',
  'rolloutId',
  'state',
  'attempt',
  'since',
  'attemptSince',
  'firstSeenAt',
  'lastReportAt',
  'currentVersion',
  'reason',
  'reportedVersion',
  'missed',
] as const satisfies readonly (keyof FlaggedDevice)[];
/** What a stuck device has besides. */
const STUCK_COLUMNS = ['stuckSince', 'diagnosis', 'offlineSince'] as const;

function row(device: FlaggedDevice): string {
  const { stuck } = device;
  return csvRow([
    ...COLUMNS.map((column) => device[column]),
    stuck?.since,
    stuck?.diagnosis,
    stuck?.offlineSince,
  ]);
}

async function devicesForFile(
  parts: MatchingParts,
  rollout: RolloutRecord,
  query: DeviceQuery,
  now: Date,
): Promise<{ readonly devices: readonly FlaggedDevice[]; readonly next: string | undefined }> {
  const devices: FlaggedDevice[] = [];
  let next = query.continuation;
  for (let read = 0; read < READS_A_FILE; read++) {
    const limit = Math.min(DEVICES_A_READ, query.limit - devices.length);
    const page = await matchingDevices(parts, rollout, { ...query, limit, continuation: next }, now);
    devices.push(...page.devices);
    next = page.continuation;
    if (next === undefined || devices.length === query.limit) break;
  }
  return { devices, next };
}

function file(
  url: string,
  name: string,
  mediaType: string,
  text: string,
  next: string | undefined,
): ContentResult {
  return {
    content: text,
    mediaType,
    headers: {
      'content-disposition': `attachment; filename="${name}"`,
      ...(next !== undefined && linkHeader(nextLinkOf(url, next))),
    },
  };
}
