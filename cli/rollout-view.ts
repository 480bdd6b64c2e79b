import type { RolloutDetail } from '../client/answers.ts';
import { durationText, since } from './durations.ts';
import { stageLines } from './stage-view.ts';
import { type Line, type Look, type Span, type Style, styled, widthOf } from './styled-text.ts';

const LABEL = 10;
const WIDEST_BAR = 40;

/** A rollout for the terminal: where it is, how its devices are, and why the next step is not taken yet. */
export function rolloutLines(rollout: RolloutDetail, look: Look, now: Date): Line[] {
  return [
    headLine(rollout),
    labelled('Target', targetText(rollout)),
    labelled('Plan', planText(rollout, now)),
    ...stageLines(rollout),
    ...reasonLines(rollout),
    [],
    progressLine(rollout, look),
    ...stateLines(rollout, look),
    ...watchLines(rollout),
    [],
    ...nextLines(rollout),
  ];
}

/** Where each state belongs: what it says of the update. */
export function stateStyle(state: string): Style {
  switch (state) {
    case 'Succeeded':
    case 'AlreadyCurrent':
    case 'completed':
    case 'running':
      return 'green';
    case 'Failed':
    case 'Reverted':
    case 'stopped':
      return 'red';
    case 'paused':
      return 'yellow';
    default:
      return 'cyan';
  }
}

/** Devices that the rollout is meant for as far as is known: those that IoT Hub targets, or those seen. */
export function targetedDevices({ hub, seen }: RolloutDetail): number {
  return Math.max(hub?.targeted ?? 0, seen);
}

/** Devices that have reached an end. */
export function endedDevices({ counts }: RolloutDetail): number {
  return countOf(counts, ['Succeeded', 'AlreadyCurrent', 'Failed', 'Reverted']);
}

/** Devices on their way now: they cannot be called back. */
export function workingDevices({ counts }: RolloutDetail): number {
  return countOf(counts, ['Downloading', 'Verifying', 'Applying']);
}

/** `[████████      ]`, or nothing where there is no room for it. */
export function bar(part: number, whole: number, width: number): string {
  if (width < 4) return '';
  const inside = width - 2;
  const share = whole === 0 ? 0 : Math.min(1, part / whole);
  // One device of a thousand is something; one short of all is not all.
  const rounded = Math.round(share * inside);
  const filled = share === 0 ? 0 : share < 1 ? Math.min(inside - 1, Math.max(1, rounded)) : inside;
  return `[${'█'.repeat(filled)}${' '.repeat(inside - filled)}]`;
}

function countOf(counts: RolloutDetail['counts'], states: readonly string[]): number {
  return states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}

function headLine({ id, state, deviceType, version, revision }: RolloutDetail): Line {
  const rest = `  ${deviceType} ${version}, revision ${revision}`;
  return [styled('bold', id), '  ', styled(stateStyle(state), state), rest];
}

function labelled(label: string, ...spans: readonly Span[]): Line {
  return [styled('dim', label.padEnd(LABEL)), ...spans];
}

function targetText({ targetCondition, priority, configuration }: RolloutDetail): string {
  const behind = configuration.current ? '' : '; IoT Hub has not been told of the newest decision yet';
  return `${targetCondition === '' ? 'nobody' : targetCondition}, priority ${priority}${behind}`;
}

function planText({ plan, stage, stages, openedStages, stageOpenedAt }: RolloutDetail, now: Date): string {
  if (stage < 0) return `${plan}: none of ${stages} stages is open`;
  const open = stageOpenedAt === undefined ? '' : `, open for ${since(stageOpenedAt, now)}`;
  return `${plan}: stage ${stage + 1} of ${stages} (${openedStages.at(-1) ?? ''})${open}`;
}

function reasonLines({ reason }: RolloutDetail): Line[] {
  return reason === '' ? [] : [labelled('Because', reason)];
}

function progressLine(rollout: RolloutDetail, look: Look): Line {
  const [ended, targeted] = [endedDevices(rollout), targetedDevices(rollout)];
  const percent = targeted === 0 ? 0 : Math.floor((ended / targeted) * 100);
  const text = ` ${percent} %  ${ended} of ${targeted} devices have an end`;
  const width = Math.min(WIDEST_BAR, look.columns - LABEL - text.length);
  return labelled('Devices', bar(ended, targeted, width), text);
}

/** A line for each state that a device is in, with its share of the devices. */
function stateLines({ counts, pending, ...rollout }: RolloutDetail, look: Look): Line[] {
  const whole = targetedDevices({ counts, pending, ...rollout });
  const rows = [...Object.entries(counts), ...(pending === undefined ? [] : [['pending', pending] as const])];
  const shown = rows.filter(([, count]) => count > 0);
  const digits = Math.max(0, ...shown.map(([, count]) => String(count).length));
  return shown.map(([state, count]) => {
    const start: Line = [
      '  ',
      styled(stateStyle(state), state.padEnd(16)),
      ` ${String(count).padStart(digits)}  `,
    ];
    const room = Math.min(WIDEST_BAR, look.columns - widthOf(start));
    return [...start, styled(stateStyle(state), bar(count, whole, room))];
  });
}

/** What needs a look: nothing where all is well. */
function watchLines({ stuck, retrying, id, leftOver }: RolloutDetail): Line[] {
  const stuckLine: Line = ['  ', styled('yellow', `${stuck} stuck`), `: ota devices ${id} --stuck`];
  return [
    ...(stuck > 0 ? [stuckLine] : []),
    ...(retrying > 0 ? [[`  ${retrying} at work again after a failed attempt`]] : []),
    ...leftOverLines(leftOver),
  ];
}

/** Of a completed rollout: whom it has not brought to a good end. */
function leftOverLines(leftOver: RolloutDetail['leftOver']): Line[] {
  if (leftOver === undefined) return [];
  const { pending, working, stuck, failed, reverted } = leftOver;
  const parts = Object.entries({ pending, 'at work': working, stuck, failed, reverted })
    .filter(([, devices]) => devices > 0)
    .map(([name, devices]) => `${devices} ${name}`);
  return [[`  Left over: ${parts.length === 0 ? 'nothing' : parts.join(', ')}`]];
}

function nextLines({ next, possibleActions, state }: RolloutDetail): Line[] {
  const over = state === 'completed' || state === 'stopped' || state === 'retired';
  const reasons = next.reasons.map(({ text }) => labelled('', text));
  const can = possibleActions.length === 0 ? 'nothing any more' : possibleActions.join(', ');
  return [...(over ? [] : [labelled('Next', nextText(next.decision)), ...reasons]), labelled('You can', can)];
}

function nextText(decision: RolloutDetail['next']['decision']): string {
  switch (decision) {
    case 'nothing':
      return 'waits:';
    case 'open-stage':
      return 'the next stage opens:';
    case 'await-approval':
      return 'waits for ota approve:';
    case 'pause':
      return 'it is paused:';
    case 'stop':
      return 'it is stopped:';
    case 'complete':
      return 'it completes:';
  }
}

/** One line that says all, for a log: what `ota watch` writes when something has changed. */
export function rolloutLogLine(rollout: RolloutDetail, now: Date): string {
  const { id, state, stage, stages, counts, stuck, next, reason } = rollout;
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  const numbers = some.map(([name, count]) => `${name} ${count}`).join(', ');
  const why = state === 'running' ? next.reasons.map(({ text }) => text).join('; ') : reason;
  return [
    `${now.toISOString()} ${id} ${state} stage ${stage + 1}/${stages}`,
    `${endedDevices(rollout)}/${targetedDevices(rollout)} ended`,
    ...(numbers === '' ? [] : [numbers]),
    ...(stuck > 0 ? [`${stuck} stuck`] : []),
    ...(why === '' ? [] : [why]),
  ].join(' | ');
}

/** How long a rollout has been under way, for the last line of a watch. */
export function ageText({ createdAt }: RolloutDetail, now: Date): string {
  return durationText(now.getTime() - Date.parse(createdAt));
}
