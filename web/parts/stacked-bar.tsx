import { count } from '../words/numbers.ts';
import { barInWords, type StateCount } from '../words/state-counts.ts';
import { stateWords } from '../words/states.ts';

/** Devices by state as one bar; a screen reader gets the same in words. */
export function StackedBar({ counted, thin = false }: { counted: readonly StateCount[]; thin?: boolean }) {
  const shown = counted.filter(({ devices }) => devices > 0);
  return (
    <div class={thin ? 'bar bar-thin' : 'bar'} role="img" aria-label={barInWords(counted)}>
      {shown.map(({ state, label, devices }) => (
        <span
          key={state}
          class={`bar-part moves tone-${state}`}
          style={{ flexGrow: devices }}
          title={`${label}: ${count(devices)}`}
        />
      ))}
    </div>
  );
}

/** What the colours of the bar stand for, with the numbers; `linkTo` makes each a way to its devices. */
export function Legend({
  counted,
  all = false,
  linkTo,
}: {
  counted: readonly StateCount[];
  /** Also states without a device. */
  all?: boolean;
  linkTo?: (state: StateCount['state']) => string | undefined;
}) {
  return (
    <ul class="legend">
      {counted
        .filter(({ devices }) => all || devices > 0)
        .map(({ state, label, devices }) => {
          const link = linkTo?.(state);
          const words = (
            <>
              <strong class="number">{count(devices)}</strong> {label.toLowerCase()}
            </>
          );
          return (
            <li key={state} class={`tone-${state}`} title={stateWords[state].meaning}>
              <span class="swatch" aria-hidden="true" />
              {link === undefined ? words : <a href={link}>{words}</a>}
            </li>
          );
        })}
    </ul>
  );
}
