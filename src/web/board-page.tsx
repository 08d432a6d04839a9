// The board: what needs a person, all batches, and of the chosen one its time and its migrations.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Announcer } from './announcer.js';
import { AttentionList } from './attention.js';
import { BatchHead } from './batch-head.js';
import { BatchList } from './batch-list.js';
import type { Board } from './board.js';
import { DetailsPanel } from './details-panel.js';
import { NARROW, useBoard, useMedia, useNow } from './hooks.js';
import { LinkState } from './link-state.js';
import { Mark } from './mark.js';
import { MigrationSection } from './migration-section.js';
import { isAtWork, isOpen } from './selectors.js';
import type { Shown } from './shown.js';
import type { State } from './state.js';
import { ThemeButton } from './theme-button.js';
import { TimelineSection } from './timeline-section.js';
import type { Group } from './words.js';

interface Props {
  readonly board: Board;
  readonly onForget: () => void;
}

export function BoardPage({ board, onForget }: Props): JSX.Element {
  const state = useBoard(board);
  const now = useNow(10_000);
  const isNarrow = useMedia(NARROW);
  const [opened, setOpened] = useState<string | null>(null);
  const [group, setGroup] = useState<Group>('all');
  useSelection(board, state);
  const shown: Shown = { board, state, now, open: setOpened };
  const show = (batchId: string | null, wanted: Group): void => {
    board.select(batchId);
    setGroup(wanted);
  };
  return (
    <div class="board">
      <a class="skip" href="#migrations">
        Skip to the migrations
      </a>
      <div class="under" inert={opened !== null && isNarrow}>
        <Top {...{ board, state, onForget }} />
        <main>
          <h1 class="unseen">Migrations</h1>
          <Announcer board={board} />
          <AttentionList {...shown} show={show} />
          <div class="columns">
            <BatchList {...shown} />
            <div class="chosen">
              <BatchHead {...shown} />
              <TimelineSection {...shown} />
              <MigrationSection {...shown} {...{ group, setGroup, opened }} />
            </div>
          </div>
        </main>
      </div>
      <NoticeBar {...{ board, state }} />
      {opened !== null && <DetailsPanel key={opened} id={opened} isNarrow={isNarrow} {...shown} />}
    </div>
  );
}

interface TopProps extends Props {
  readonly state: State;
}

function Top({ board, state, onForget }: TopProps): JSX.Element {
  return (
    <header class="top">
      <span class="brand">
        <Mark /> RDS import
      </span>
      <LinkState board={board} link={state.link} />
      <nav class="top-end" aria-label="This page">
        <a class="button quiet wide-only" href="docs">
          API
        </a>
        <ThemeButton />
        <button type="button" class="button quiet" onClick={onForget}>
          Forget key
        </button>
      </nav>
    </header>
  );
}

function NoticeBar({
  board,
  state,
}: {
  readonly board: Board;
  readonly state: State;
}): JSX.Element {
  const { notice } = state;
  const close = (): void => board.change({ kind: 'notice', notice: null });
  useEffect(() => {
    if (notice?.isGood !== true) return undefined;
    const timer = setTimeout(close, 6_000);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <div class="notices" role="status">
      {notice !== null && (
        <div class={`notice ${notice.isGood ? 'tone-good' : 'tone-bad'}`}>
          <span class="sign" aria-hidden="true">
            {notice.isGood ? '✓' : '!'}
          </span>
          <span class="notice-text">{notice.text}</span>
          <button type="button" class="button quiet small" onClick={close} aria-label="Dismiss">
            ✕
          </button>
        </div>
      )}
    </div>
  );
}

/** The batch of the address, else the newest at work, else the newest; kept in the address. */
function useSelection(board: Board, state: State): void {
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    if (isDone || state.batchesLoading.phase !== 'done') return;
    setDone(true);
    const asked = location.hash.slice(1);
    const all = [...state.batches.values()];
    const chosen = state.batches.get(asked) ?? all.find(isAtWork) ?? all.find(isOpen) ?? all[0];
    if (asked !== 'all' && chosen !== undefined) board.select(chosen.id);
  }, [isDone, state.batchesLoading]);
  useEffect(() => {
    if (isDone) history.replaceState(null, '', `#${state.selected ?? 'all'}`);
  }, [isDone, state.selected]);
}
