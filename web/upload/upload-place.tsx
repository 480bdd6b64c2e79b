import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import { UploadDialog } from './upload-dialog.tsx';

/** The button that uploads an image; the whole page takes one that is dropped on it. */
export function UploadPlace() {
  const [asked, ask] = useState<{ readonly file: File | undefined }>();
  const [isOver, setIsOver] = useState(false);
  useDropOnPage(setIsOver, (file) => ask({ file }));
  return (
    <>
      <button class="button button-main upload-button" type="button" onClick={() => ask({ file: undefined })}>
        <Icon name="up" /> Upload
      </button>
      {isOver && (
        <div class="drop-here" aria-hidden="true">
          <p>Drop the image to upload it</p>
        </div>
      )}
      {asked && <UploadDialog dropped={asked.file} close={() => ask(undefined)} />}
    </>
  );
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
