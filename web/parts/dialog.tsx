import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { focusHeading } from '../shell/focus-heading.ts';

/** A native modal dialog: the browser keeps the focus in it, gives it back, and closes it on Escape. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  // It must be closed before it goes from the page, else the browser does not give the focus back.
  useLayoutEffect(() => {
    const { current } = dialog;
    const opener = document.activeElement;
    current?.showModal();
    return () => {
      current?.close();
      // The browser gives the focus back, unless what opened the dialog has gone meanwhile.
      window.setTimeout(() => {
        if (!opener?.isConnected) focusHeading();
      });
    };
  }, []);
  // The next step of a dialog has another title; what had the focus may have gone with the step before.
  useEffect(() => {
    if (dialog.current?.contains(document.activeElement)) return;
    heading.current?.setAttribute('tabindex', '-1');
    heading.current?.focus();
  }, [title]);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="dialog-title" onClose={onClose}>
      <h2 id="dialog-title" ref={heading}>
        {title}
      </h2>
      {children}
    </dialog>
  );
}
