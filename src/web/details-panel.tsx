// One migration in full, beside the lists: why it waits, what failed and how to mend it, what can be asked of it.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { wordsOf } from './api-client.js';
import type { Migration } from './api-views.js';
import { Badge } from './badge.js';
import type { Board } from './board.js';
import { Facts, History, Preflight, ReasonBlock, Waiting } from './details-parts.js';
import { MigrationActions } from './migration-actions.js';
import { Paced } from './paced.js';
import { ResolveForm } from './resolve-form.js';
import type { Shown } from './shown.js';
import { STATUS_WORDS } from './words.js';

interface Props extends Shown {
  readonly id: string;
  readonly isNarrow: boolean;
}

/** Waiting reasons change without an event. */
const AGAIN_MS = 10_000;
const PACE_MS = 800;

export function DetailsPanel(props: Props): JSX.Element {
  const { id, isNarrow, open, board } = props;
  const { migration, failure, readAgain } = useMigration(board, id);
  const head = useRef<HTMLHeadingElement>(null);
  const close = (): void => {
    open(null);
    focusRow(id);
  };
  useEffect(() => head.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const isForDialog = document.querySelector('dialog[open]') !== null;
      if (event.key === 'Escape' && !isForDialog) close();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  });
  return (
    <div
      {...{ class: 'details', 'aria-labelledby': 'details-title' }}
      role={isNarrow ? 'dialog' : 'complementary'}
      aria-modal={isNarrow}
    >
      <header class="details-head">
        <div>
          <h2 id="details-title" tabIndex={-1} ref={head}>
            Migration
          </h2>
          <code class="small muted">{id}</code>
        </div>
        <button type="button" class="button quiet" onClick={close} aria-label="Close the details">
          ✕
        </button>
      </header>
      {failure !== null && (
        <p class="trouble" role="alert">
          It could not be read. {failure}{' '}
          <button type="button" class="button small" onClick={readAgain}>
            Read again
          </button>
        </p>
      )}
      {migration === null && failure === null && <p class="muted pad">Reading…</p>}
      {migration !== null && <Body {...props} migration={migration} />}
    </div>
  );
}

function Body({ migration, ...props }: Props & { readonly migration: Migration }): JSX.Element {
  const { board, state, now, open } = props;
  const mayResolve = migration.allowedActions.includes('resolve');
  return (
    <div class="details-body">
      <div class="details-now">
        <Badge words={STATUS_WORDS[migration.status]} />
        <MigrationActions {...{ board, state, migration }} />
      </div>
      <ReasonBlock {...{ migration, now }} />
      {mayResolve && <ResolveForm {...{ board, state, migration }} />}
      <Waiting {...{ migration, now, open }} />
      <Facts {...{ migration, now }} />
      <Preflight {...{ migration, now }} />
      <History {...{ migration, now }} />
    </div>
  );
}

interface Read {
  readonly migration: Migration | null;
  readonly failure: string | null;
  readonly readAgain: () => void;
}

/** Read when it is opened, when an event tells of it, and now and then. */
function useMigration(board: Board, id: string): Read {
  const [migration, setMigration] = useState<Migration | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const reads = useRef<Paced | null>(null);
  useEffect(() => {
    const ended = new AbortController();
    const paced = new Paced(PACE_MS, async () => {
      try {
        setMigration(await board.readMigration(id, ended.signal));
        setFailure(null);
      } catch (error) {
        if (!ended.signal.aborted) setFailure(wordsOf(error));
      }
    });
    reads.current = paced;
    paced.ask();
    const timer = setInterval(() => paced.ask(), AGAIN_MS);
    const unhear = board.hear((events) => {
      if (events.some(({ data }) => data['migrationId'] === id)) paced.ask();
    });
    return () => {
      ended.abort();
      clearInterval(timer);
      unhear();
      paced.stop();
    };
  }, [board, id]);
  return { migration, failure, readAgain: () => reads.current?.ask() };
}

/** Back to where it was opened from, when that is still there. */
function focusRow(id: string): void {
  const row = document.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`);
  (row ?? document.getElementById('migrations'))?.focus({ preventScroll: true });
}
