import { useState } from 'preact/hooks';
import { bytes } from '../words/numbers.ts';
import { nameRefused } from './image-name.ts';
import type { UploadWishes } from './send-image.ts';
import type { Uploading } from './use-upload.ts';

/** Which image, and what the app should make of it. */
export function UploadForm({
  upload: { file, wishes, setWishes, choose, send },
  failed,
  close,
}: {
  upload: Uploading;
  /** Why the upload before this one failed. */
  failed: string | undefined;
  close: () => void;
}) {
  // What was said before a failure is in sight when it is sent again.
  const [saysMore] = useState(() =>
    [wishes.deviceType, wishes.targetCondition, wishes.priority].some((said) => said !== ''),
  );
  const refused = file && nameRefused(file.name);
  const text = (name: Exclude<keyof UploadWishes, 'dryRun'>) => ({
    value: wishes[name],
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
      setWishes({ ...wishes, [name]: currentTarget.value }),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (file && refused === undefined) send(file);
      }}
    >
      <label class="field">
        {file ? `${file.name}, ${bytes(file.size)}; another one:` : 'Firmware image, a .bin file'}
        <input
          type="file"
          accept=".bin,application/octet-stream"
          onChange={(event) => choose(event.currentTarget.files?.[0] ?? file)}
        />
      </label>
      <div class="row row-end">
        <label class="field grow">
          Version
          <input {...text('version')} placeholder="as in the name" maxLength={64} spellcheck={false} />
        </label>
        <label class="field grow">
          Plan
          <input {...text('plan')} placeholder="the usual one" maxLength={64} spellcheck={false} />
        </label>
      </div>
      <details open={saysMore}>
        <summary>More</summary>
        <div class="stack-tight">
          <label class="field">
            Device type
            <input {...text('deviceType')} placeholder="the usual one" maxLength={64} spellcheck={false} />
          </label>
          <label class="field">
            Target condition
            <input
              {...text('targetCondition')}
              placeholder="the plan's"
              maxLength={4096}
              spellcheck={false}
            />
          </label>
          <label class="field">
            Priority
            <input {...text('priority')} placeholder="the plan's" inputMode="numeric" pattern="\d{1,10}" />
          </label>
        </div>
      </details>
      <label class="check">
        <input
          type="checkbox"
          checked={wishes.dryRun}
          onChange={(event) => setWishes({ ...wishes, dryRun: event.currentTarget.checked })}
        />
        Check only: release nothing
      </label>
      <div role="alert">
        {(refused ?? failed) !== undefined && <p class="tone-text-bad">{refused ?? failed}</p>}
      </div>
      <div class="row">
        <button
          class="button button-main"
          type="submit"
          disabled={file === undefined || refused !== undefined}
        >
          {wishes.dryRun ? 'Upload and check' : 'Upload and release'}
        </button>
        <button class="button" type="button" onClick={close}>
          Cancel
        </button>
      </div>
    </form>
  );
}
