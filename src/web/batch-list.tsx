// All batches, those under way first; one of them is the one that is looked at.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Batch } from './api-views.js';
import { wordsOf } from './api-client.js';
import { Badge } from './badge.js';
import { Moment } from './moment.js';
import { ProgressBar } from './progress-bar.js';
import { isLeftToPeople, isOpen } from './selectors.js';
import type { Shown } from './shown.js';
import { expectedWords } from './time-words.js';
import { BATCH_WORDS, count, endedOf, nameOf } from './words.js';

export function BatchList(props: Shown): JSX.Element {
  const { state, board } = props;
  const all = [...state.batches.values()];
  return (
    <section class="batches" aria-labelledby="batches-title">
      <div class="section-head">
        <h2 id="batches-title">Batches</h2>
        <button
          type="button"
          class="button quiet"
          aria-pressed={state.selected === null}
          onClick={() => board.select(null)}
        >
          All migrations
        </button>
      </div>
      <ListState {...props} />
      <ul>
        {[...all.filter(isOpen), ...all.filter((batch) => !isOpen(batch))].map((batch) => (
          <BatchCard key={batch.id} batch={batch} {...props} />
        ))}
      </ul>
      {state.olderBatches !== null && <Older {...props} />}
    </section>
  );
}

function ListState({ state, board }: Shown): JSX.Element | null {
  const { batchesLoading, batches } = state;
  if (batchesLoading.phase === 'failed') {
    return (
      <p class="trouble" role="alert">
        The batches could not be read. {batchesLoading.message}{' '}
        <button type="button" class="button small" onClick={() => void board.readAll()}>
          Read again
        </button>
      </p>
    );
  }
  if (batchesLoading.phase === 'loading') return <p class="muted pad">Reading…</p>;
  if (batches.size > 0) return null;
  return (
    <div class="empty">
      <p>
        <strong>No batches yet.</strong>
      </p>
      <p class="small muted">
        Send one with <code>POST /v1/batches</code>, as JSON or as a CSV table: it appears here by
        itself.
      </p>
    </div>
  );
}

function Older({ board }: Shown): JSX.Element {
  const [isBusy, setBusy] = useState(false);
  const read = async (): Promise<void> => {
    setBusy(true);
    try {
      await board.readOlder();
    } catch (error) {
      board.change({ kind: 'notice', notice: { isGood: false, text: wordsOf(error) } });
    }
    setBusy(false);
  };
  return (
    <button type="button" class="button quiet wide" disabled={isBusy} onClick={() => void read()}>
      {isBusy ? 'Reading…' : 'Older batches'}
    </button>
  );
}

function BatchCard({ batch, state, board, now }: Shown & { readonly batch: Batch }): JSX.Element {
  const { counts } = batch;
  return (
    <li>
      <button
        {...{ type: 'button', class: 'card' }}
        aria-pressed={state.selected === batch.id}
        onClick={() => board.select(batch.id)}
      >
        <span class="card-top">
          <span class="card-name">{nameOf(batch)}</span>
          <Badge words={BATCH_WORDS[batch.status]} />
        </span>
        <ProgressBar counts={counts} label={`Progress of ${nameOf(batch)}`} />
        <span class="card-foot">
          <span class="number">
            {count(endedOf(counts))} of {count(counts.total)}
          </span>
          <CardTime {...{ batch, now }} />
        </span>
      </button>
    </li>
  );
}

function CardTime({ batch, now }: { readonly batch: Batch; readonly now: number }): JSX.Element {
  const { finishedAt, estimate } = batch;
  if (finishedAt !== null) {
    return (
      <span>
        ended <Moment at={finishedAt} now={now} />
      </span>
    );
  }
  if (isLeftToPeople(batch)) return <span>waits for a person</span>;
  return <span>{estimate === null ? '' : expectedWords(Date.parse(estimate.finishAt), now)}</span>;
}
