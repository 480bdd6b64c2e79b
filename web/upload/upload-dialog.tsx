import { Dialog } from '../parts/dialog.tsx';
import { UploadForm } from './upload-form.tsx';
import { UploadOutcome } from './upload-outcome.tsx';
import { UploadProgress } from './upload-progress.tsx';
import type { Uploading, UploadStep } from './use-upload.ts';

/** From the file to what became of it: options, progress, and the admission's answer. */
export function UploadDialog({ upload, close }: { upload: Uploading; close: () => void }) {
  return (
    <Dialog title={titleOf(upload.step)} onClose={close}>
      <Shown upload={upload} close={close} />
    </Dialog>
  );
}

function Shown({ upload, close }: { upload: Uploading; close: () => void }) {
  const { step } = upload;
  switch (step.kind) {
    case 'choose':
      return <UploadForm upload={upload} failed={step.failed} close={close} />;
    case 'sending':
      return <UploadProgress step={step} cancel={upload.cancel} close={close} />;
    case 'dropped':
      return <UploadOutcome dropped={step.upload} close={close} again={upload.reset} />;
  }
}

function titleOf(step: UploadStep): string {
  switch (step.kind) {
    case 'choose':
      return 'Upload an image';
    case 'sending':
      return `Uploading ${step.name}`;
    case 'dropped':
      return step.upload.path;
  }
}
