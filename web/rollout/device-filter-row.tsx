import { useState } from 'preact/hooks';
import type { DeviceState } from '../../client/answers.ts';
import type { DeviceFilters } from '../../client/reads.ts';
import { Icon } from '../parts/icon.tsx';
import { links } from '../shell/links.ts';
import { replacePlace } from '../shell/use-place.ts';
import { SHOWN_STATES, stateWords } from '../words/states.ts';

/** What the filters narrow is kept in the address: it can be sent to somebody. */
export function DeviceFilterRow({
  id,
  filters,
  device,
}: {
  id: string;
  filters: DeviceFilters;
  /** The one device that is looked for. */
  device: string | undefined;
}) {
  const [typed, type] = useState(device ?? '');
  // A reason is one of failed devices: it goes with any other state.
  const narrow = ({ state, stuck, reason }: DeviceFilters) =>
    replacePlace(links.rollout(id, { state, stuck, reason }));
  const find = (deviceId: string) => replacePlace(links.rollout(id, { device: deviceId.trim() }));
  return (
    <div class="row row-end filters">
      <label class="field">
        State
        <select
          value={filters.state ?? ''}
          onChange={(event) =>
            narrow({
              ...filters,
              reason: undefined,
              state: (event.currentTarget.value || undefined) as DeviceState | undefined,
            })
          }
        >
          <option value="">Any</option>
          {SHOWN_STATES.filter((state) => state !== 'Pending').map((state) => (
            <option key={state} value={state}>
              {stateWords[state].label}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={filters.stuck === 'true'}
          onChange={(event) =>
            narrow({ ...filters, stuck: event.currentTarget.checked ? 'true' : undefined })
          }
        />
        Stuck only
      </label>
      {filters.reason !== undefined && (
        <button
          class="button breaks"
          type="button"
          onClick={({ currentTarget }) => {
            // This button goes: the focus stays among the filters.
            currentTarget.parentElement?.querySelector('select')?.focus();
            narrow({ ...filters, reason: undefined });
          }}
        >
          Reason: {filters.reason} <Icon name="cross" /> <span class="only-read">Take the filter away</span>
        </button>
      )}
      <form
        class="row row-end search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          find(typed);
        }}
      >
        <label class="field">
          Find a device in this rollout
          <input
            spellcheck={false}
            autocomplete="off"
            placeholder="its whole id"
            value={typed}
            onInput={(event) => type(event.currentTarget.value)}
          />
        </label>
        <button class="button" type="submit">
          Find
        </button>
      </form>
    </div>
  );
}
