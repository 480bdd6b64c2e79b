import type { DeviceState } from '../../client/answers.ts';
import { useNow } from '../live/clock.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { When } from '../parts/when.tsx';
import { counted } from '../words/numbers.ts';
import { stateWords } from '../words/states.ts';
import { duration } from '../words/times.ts';
import type { Happening } from './attempts.ts';
import { gapInWords, lastedInWords, noteInWords } from './device-words.ts';

const STATE_ICONS: Readonly<Record<DeviceState, IconName>> = {
  Downloading: 'clock',
  Verifying: 'clock',
  Applying: 'clock',
  Succeeded: 'check',
  AlreadyCurrent: 'check',
  Reverted: 'back',
  Failed: 'cross',
};

/** What happened in an attempt, from its start on, with what may be missing where it is missing. */
export function Happenings({ happenings }: { happenings: readonly Happening[] }) {
  return (
    <ol class="timeline timeline-flush">
      {happenings.map((happening, i) => (
        <Item key={i} happening={happening} />
      ))}
    </ol>
  );
}

function Item({ happening }: { happening: Happening }) {
  switch (happening.kind) {
    case 'state':
      return <StateItem happening={happening} />;
    case 'gap':
      return (
        <li class="happening happening-gap">
          <Sign name="alert" />
          <p class="quiet">{gapInWords(happening.changes)}</p>
        </li>
      );
    case 'late':
      return (
        <li class="happening">
          <Sign name="dot" />
          <div>
            <p>
              <strong>Late report: {happening.report.status}</strong>{' '}
              <span class="quiet">
                <When time={happening.report.hubTime} as="clock" />
              </span>
            </p>
            <p class="quiet">{noteInWords('late')}</p>
          </div>
        </li>
      );
  }
}

function StateItem({ happening }: { happening: Extract<Happening, { kind: 'state' }> }) {
  const { state, from, report, repeats } = happening;
  const lasted = lastedInWords(happening, useNow());
  const { status, substatus, currentVersion, deviceTime, note, hubTime } = report;
  return (
    <li class={`happening tone-${state}`}>
      <Sign name={STATE_ICONS[state]} tone />
      <div>
        <p>
          <strong>{stateWords[state].label}</strong> {lasted !== undefined && <span>{lasted}</span>}{' '}
          <span class="quiet">
            <When time={from} as="clock" />
          </span>
        </p>
        <p class="quiet breaks">
          It reported {status}
          {substatus !== undefined && substatus !== '' && `, ${substatus}`}
          {currentVersion !== undefined && `; it runs ${currentVersion}`}.
          {repeats > 0 && ` The same ${counted(repeats, 'more time')}.`}
          {note !== undefined && ` ${noteInWords(note)}`}
          {deviceTime !== undefined && clockApart(hubTime, deviceTime)}
        </p>
      </div>
    </li>
  );
}

function Sign({ name, tone = false }: { name: IconName; tone?: boolean }) {
  return (
    <span class={tone ? 'happening-sign happening-sign-tone' : 'happening-sign'}>
      <Icon name={name} />
    </span>
  );
}

/** The hub's clock counts; the device's is told of where the two are far apart. */
function clockApart(hubTime: string, deviceTime: string): string {
  const ms = Math.abs(Date.parse(hubTime) - Date.parse(deviceTime));
  return ms > 60_000 ? ` By the device's own clock this was ${duration(ms)} apart.` : '';
}
