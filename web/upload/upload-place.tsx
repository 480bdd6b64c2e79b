import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import { UploadDialog } from './upload-dialog.tsx';
import { percentOf } from './upload-progress.tsx';
import { type UploadStep, useUpload } from './use-upload.ts';

/** The button that uploads an image; the whole page takes one that is dropped on it. */
export function UploadPlace() {
  const [isOpen, setIsOpen] = useState(false);
  const [isOver, setIsOver] = useState(false);
  const upload = useUpload();
  const isSending = upload.step.kind === 'sending';
  useStayAsked(isSending);
  useDropOnPage(setIsOver, (file) => {
    upload.choose(file);
    setIsOpen(true);
  });
  const close = () => {
    setIsOpen(false);
    // What is on its way goes on, and is there when it is looked at again.
    if (!isSending) upload.reset();
  };
  return (
    <>
      <button class="button button-main upload-button" type="button" onClick={() => setIsOpen(true)}>
        <Icon name="up" /> {buttonWords(upload.step)}
      </button>
      {isOver && (
        <div class="drop-here" aria-hidden="true">
          <p>Drop the image to upload it</p>
        </div>
      )}
      {isOpen && <UploadDialog upload={upload} close={close} />}
    </>
  );
}

/** What there is to see behind the button. */
function buttonWords(step: UploadStep): string {
  switch (step.kind) {
    case 'choose':
      return step.failed === undefined ? 'Upload' : 'Upload failed';
    case 'sending':
      return `Uploading, ${percentOf(step.share)} %`;
    case 'dropped':
      return 'Uploaded: outcome';
  }
}

/** The browser asks before it leaves the page: an upload that is on its way would end with it. */
function useStayAsked(isSending: boolean): void {
  useEffect(() => {
    if (!isSending) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isSending]);
}

function useDropOnPage(setIsOver: (isOver: boolean) => void, take: (file: File) => void): void {
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      // Else the browser would leave the page and show the file.
      event.preventDefault();
      setIsOver(true);
    };
    const leave = ({ relatedTarget }: DragEvent) => {
      if (relatedTarget === null) setIsOver(false);
    };
    const drop = (event: DragEvent) => {
      setIsOver(false);
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      take(file);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);
}
