import { useState } from 'preact/hooks';
import { links } from '../shell/links.ts';

/** Opens a device by its id, from every view. */
export function DeviceSearch() {
  const [id, setId] = useState('');
  return (
    <form
      class="device-search"
      role="search"
      aria-label="Find a device"
      onSubmit={(event) => {
        event.preventDefault();
        if (id.trim() === '') return;
        location.hash = links.device(id.trim());
        setId('');
      }}
    >
      <input
        type="search"
        aria-label="Device id"
        placeholder="Find a device by id"
        maxLength={128}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="none"
        value={id}
        onInput={(event) => setId(event.currentTarget.value)}
      />
      <button class="button" type="submit">
        Find
      </button>
    </form>
  );
}
