import { useEffect, useRef, useState } from 'preact/hooks';
import type { Upload } from '../../client/answers.ts';
import { isProblem } from '../live/problem-kind.ts';
import { Dialog } from '../parts/dialog.tsx';
import { refusedInWords } from '../words/steering-refused.ts';
import { type Sending, sendImage, UploadCancelledError, type UploadWishes } from './send-image.ts';
import { UploadForm } from './upload-form.tsx';
import { UploadOutcome } from './upload-outcome.tsx';

type Step =
  | { readonly kind: 'choose'; readonly failed: string | undefined }
  | { readonly kind: 'sending'; readonly name: string; readonly share: number }
  | { readonly kind: 'dropped'; readonly upload: Upload };

/** From the file to what became of it: options, progress, and the admission's answer. */
export function UploadDialog({ dropped, close }: { dropped: File | undefined; close: () => void }) {
  const [file, setFile] = useState(dropped);
  const [step, setStep] = useState<Step>({ kind: 'choose', failed: undefined });
  const sending = useRef<Sending>(undefined);
  useEffect(() => {
    // One that is on its way is not given up for a file that happens to be dropped.
    if (dropped === undefined || step.kind === 'sending') return;
    setFile(dropped);
    setStep({ kind: 'choose', failed: undefined });
  }, [dropped]);
  // Escape and leaving the page stop an upload that is on its way.
  useEffect(() => () => sending.current?.cancel(), []);

  const send = async (image: File, wishes: UploadWishes) => {
    const { name } = image;
    setStep({ kind: 'sending', name, share: 0 });
    sending.current = sendImage(image, wishes, (share) => setStep({ kind: 'sending', name, share }));
    try {
      setStep({ kind: 'dropped', upload: await sending.current.done });
    } catch (error) {
      setStep({ kind: 'choose', failed: failedInWords(error) });
    }
  };

  return (
    <Dialog title={titleOf(step)} onClose={close}>
      {step.kind === 'choose' && (
        <UploadForm
          file={file}
          setFile={setFile}
          failed={step.failed}
          send={(image, wishes) => void send(image, wishes)}
          close={close}
        />
      )}
      {step.kind === 'sending' && <Progress step={step} cancel={() => sending.current?.cancel()} />}
      {step.kind === 'dropped' && (
        <UploadOutcome
          dropped={step.upload}
          close={close}
          again={() => {
            setFile(undefined);
            setStep({ kind: 'choose', failed: undefined });
          }}
        />
      )}
    </Dialog>
  );
}

function titleOf(step: Step): string {
  switch (step.kind) {
    case 'choose':
      return 'Upload an image';
    case 'sending':
      return `Uploading ${step.name}`;
    case 'dropped':
      return step.upload.path;
  }
}

function failedInWords(error: unknown): string {
  if (error instanceof UploadCancelledError) return 'The upload was cancelled: nothing was released.';
  if (!isProblem(error)) throw error;
  return refusedInWords(error, 'Upload');
}

function Progress({ step, cancel }: { step: Extract<Step, { kind: 'sending' }>; cancel: () => void }) {
  const percent = Math.floor(step.share * 100);
  return (
    <>
      <label class="field">
        {percent < 100 ? `${percent} % sent` : 'Sent; the app is writing it into the drop box …'}
        <progress class="upload-progress" max={100} value={percent} />
      </label>
      <div class="row">
        <button class="button" type="button" onClick={cancel}>
          Cancel the upload
        </button>
      </div>
    </>
  );
}
