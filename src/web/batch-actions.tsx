// What can be asked of a batch as it stands; what hurts is asked twice.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Batch } from './api-views.js';
import { ConfirmDialog } from './confirm-dialog.js';
import type { Shown } from './shown.js';
import { nameOf, plural } from './words.js';

type BatchAction = 'pause' | 'resume' | 'cancel' | 'retry-failed';

const LABELS: Readonly<Record<BatchAction, string>> = {
  pause: 'Pause',
  resume: 'Resume',
  'retry-failed': 'Retry failed',
  cancel: 'Cancel…',
};

const DONE: Readonly<Record<BatchAction, string>> = {
  pause: 'Paused: nothing more is submitted until it is resumed.',
  resume: 'Resumed.',
  'retry-failed': 'What failed is queued again.',
  cancel: 'Canceled: what was not submitted is withdrawn.',
};

const isCanceled = (status: Batch['status']): boolean =>
  status === 'canceling' || status === 'canceled';

export function allowedOf({ status, counts, progress }: Batch): readonly BatchAction[] {
  const isOver = progress >= 1;
  const retry: readonly BatchAction[] =
    counts.failed > 0 && !isCanceled(status) ? ['retry-failed'] : [];
  if (isOver || isCanceled(status)) return retry;
  const pause: readonly BatchAction[] = status === 'paused' ? ['resume'] : ['pause'];
  return status === 'halted' ? [...retry, 'cancel'] : [...pause, ...retry, 'cancel'];
}

export function BatchActions({
  batch,
  board,
  state,
}: Shown & { readonly batch: Batch }): JSX.Element {
  const [busy, setBusy] = useState<BatchAction | null>(null);
  const [isAsking, setAsking] = useState(false);
  const isShut = state.shut.has('batches');
  const steer = async (action: BatchAction): Promise<void> => {
    setBusy(action);
    const done = `${nameOf(batch)}: ${DONE[action]}`;
    await board.steer('batches', `v1/batches/${batch.id}/${action}`, { done });
    setBusy(null);
  };
  const press = (action: BatchAction): void => {
    if (action === 'cancel') setAsking(true);
    else void steer(action);
  };
  return (
    <div class="buttons">
      {isShut && <span class="small muted">This key may not steer batches.</span>}
      {allowedOf(batch).map((action) => (
        <button
          key={action}
          type="button"
          class="button"
          disabled={isShut || busy !== null}
          onClick={() => press(action)}
        >
          {LABELS[action]}
        </button>
      ))}
      {isAsking && (
        <ConfirmDialog
          title={`Cancel ${nameOf(batch)}?`}
          yes="Cancel the batch"
          onYes={() => void steer('cancel')}
          onClose={() => setAsking(false)}
        >
          <CancelText batch={batch} />
        </ConfirmDialog>
      )}
    </div>
  );
}

function CancelText({ batch }: { readonly batch: Batch }): JSX.Element {
  const { scheduled, queued, checking, importing, canceling, submitting } = batch.counts;
  const running = importing + canceling + submitting;
  return (
    <>
      <p>
        {plural(scheduled + queued + checking, 'migration that was', 'migrations that were')} not
        submitted will be withdrawn for good. There is no way back: a canceled batch takes no retry.
      </p>
      <p>
        {running === 0
          ? 'Nothing of it runs now.'
          : `${plural(running, 'import')} under way will go on to the end.`}
      </p>
    </>
  );
}
