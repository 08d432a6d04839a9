// What can be asked of a migration now, as the service says; a cancel is asked twice.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Migration } from './api-views.js';
import type { Board } from './board.js';
import { ConfirmDialog } from './confirm-dialog.js';
import type { State } from './state.js';

interface Props {
  readonly board: Board;
  readonly state: State;
  readonly migration: Migration;
}

const DONE = {
  retry: 'Queued for another attempt.',
  cancel: 'The cancel is on record.',
} as const;

export function MigrationActions({ board, state, migration }: Props): JSX.Element {
  const { id, allowedActions, attempt } = migration;
  const [isBusy, setBusy] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const isShut = state.shut.has('migrations');
  const steer = async (action: 'retry' | 'cancel'): Promise<void> => {
    setBusy(true);
    await board.steer('migrations', `v1/migrations/${id}/${action}`, { done: DONE[action] });
    setBusy(false);
  };
  const isOff = isShut || isBusy;
  return (
    <div class="buttons">
      {isShut && <span class="small muted">This key may not steer migrations.</span>}
      {allowedActions.includes('retry') && (
        <button
          {...{ type: 'button', class: 'button primary', disabled: isOff }}
          onClick={() => void steer('retry')}
        >
          Retry: attempt {attempt + 1}
        </button>
      )}
      {allowedActions.includes('cancel') && (
        <button
          {...{ type: 'button', class: 'button', disabled: isOff }}
          onClick={() => setAsking(true)}
        >
          Cancel…
        </button>
      )}
      {isAsking && (
        <ConfirmDialog
          title="Cancel this migration?"
          yes="Cancel the migration"
          onYes={() => void steer('cancel')}
          onClose={() => setAsking(false)}
        >
          <p>{cancelText(migration)}</p>
        </ConfirmDialog>
      )}
    </div>
  );
}

function cancelText({ status, sourceInstanceId, targetInstanceId }: Migration): string {
  const what = `${sourceInstanceId} to ${targetInstanceId}`;
  switch (status) {
    case 'importing':
      return `The running import from ${what} is stopped upstream. What is on the target by then stays there.`;
    case 'outcome_unknown':
    case 'submitting':
      return `Whether the import from ${what} runs is not known yet. The cancel is kept and done as soon as it is.`;
    default:
      return `The import from ${what} is not submitted. It can be retried later.`;
  }
}
