import type { UploadStep } from './use-upload.ts';

/** How much of the image is sent, and the ways out: it goes on without the dialog. */
export function UploadProgress({
  step: { share, turnedAway },
  cancel,
  close,
}: {
  step: Extract<UploadStep, { kind: 'sending' }>;
  cancel: () => void;
  close: () => void;
}) {
  const percent = percentOf(share);
  return (
    <>
      <label class="field">
        {percent < 100 ? `${percent} % sent` : 'Sent; the app is writing it into the drop box …'}
        <progress class="upload-progress" max={100} value={percent} />
      </label>
      <div role="status">
        {turnedAway !== undefined && (
          <p class="tone-text-warn">
            “{turnedAway}” was not taken: one image at a time. Drop it again when this one is sent.
          </p>
        )}
      </div>
      <p class="quiet">It goes on when you close this; the button at the top shows how far it is.</p>
      <div class="row">
        <button class="button button-main" type="button" onClick={close}>
          Close, and go on sending
        </button>
        <button class="button" type="button" onClick={cancel}>
          Cancel the upload
        </button>
      </div>
    </>
  );
}

/** Whole percent; 100 only when all is sent. `share` is 0 to 1. */
export function percentOf(share: number): number {
  return Math.floor(share * 100);
}
