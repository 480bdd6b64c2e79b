import type { Device, DeviceUpdateDetail } from '../client/answers.ts';
import { durationText, since, timeText } from './durations.ts';
import { stateStyle } from './rollout-view.ts';
import { type Line, styled } from './styled-text.ts';

type Report = DeviceUpdateDetail['history'][number];

/** A device for the terminal: what it runs, and report by report what happened, with how long each took. */
export function deviceLines(device: Device, now: Date): Line[] {
  const { deviceId, currentVersion, lastReportAt, updates } = device;
  const runs = currentVersion === undefined ? 'has not said what it runs' : `runs ${currentVersion}`;
  return [
    [styled('bold', deviceId), `  ${runs}, last report ${since(lastReportAt, now)} ago`],
    ...updates.flatMap((update) => [[], ...updateLines(update, now)]),
  ];
}

function updateLines(update: DeviceUpdateDetail, now: Date): Line[] {
  const { rolloutId, deviceType, version, state, attempt, attemptSince, since: from, reason } = update;
  const took = durationText(Date.parse(from) - Date.parse(attemptSince));
  const why = reason === undefined ? '' : ` (${reason})`;
  return [
    [styled('bold', rolloutId), `  ${deviceType} ${version}  `, styled(stateStyle(state), state), why],
    [
      styled(
        'dim',
        `  attempt ${attempt}, ${took} from its start to this state, which holds for ${since(from, now)}`,
      ),
    ],
    ...stuckLines(update, now),
    ...update.history.flatMap((report, i) => reportLines(report, update.history[i - 1])),
  ];
}

function stuckLines({ stuck }: DeviceUpdateDetail, now: Date): Line[] {
  if (stuck === undefined) return [];
  return [
    ['  ', styled('yellow', 'stuck'), ` for ${since(stuck.since, now)}: longer at it than the plan allows`],
    ...stuck.text.split(/(?<=\.) /).map((sentence): Line => [`  ${sentence}`]),
  ];
}

function reportLines(report: Report, before: Report | undefined): Line[] {
  const { gap, hubTime, status, state, substatus, note } = report;
  const hole: Line[] =
    gap === 0
      ? []
      : [[styled('yellow', `    … ${gap} ${gap === 1 ? 'change' : 'changes'} that no report told of`)]];
  const later =
    before === undefined ? '' : `+${durationText(Date.parse(hubTime) - Date.parse(before.hubTime))}`;
  const words = [
    ...(state === undefined || state === status ? [] : [`= ${state}`]),
    ...(note === undefined ? [] : [`(${note})`]),
    ...(substatus === undefined ? [] : [substatus]),
  ];
  const line: Line = [
    `    ${timeText(hubTime)}  ${later.padEnd(14)}`,
    styled(stateStyle(state ?? ''), status.padEnd(12)),
    words.join(' '),
  ];
  return [...hole, line];
}
