// Asks once more before something that cannot be taken back.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

interface Props {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly yes: string;
  readonly onYes: () => void;
  readonly onClose: () => void;
}

export function ConfirmDialog({ title, children, yes, onYes, onClose }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    // What was pressed may be gone by now; then the browser decides.
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const accept = (): void => {
    onYes();
    onClose();
  };
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId}>{title}</h2>
      <div class="confirm-text">{children}</div>
      <div class="buttons end">
        <button type="button" class="button" autofocus onClick={onClose}>
          Keep as it is
        </button>
        <button type="button" class="button danger" onClick={accept}>
          {yes}
        </button>
      </div>
    </dialog>
  );
}
