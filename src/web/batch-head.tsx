// The batch that is looked at: how far it is, when it may end, and what can be asked of it.
import type { JSX } from 'preact';
import type { Batch } from './api-views.js';
import { Badge } from './badge.js';
import { BatchActions } from './batch-actions.js';
import { Moment } from './moment.js';
import { Legend, ProgressBar } from './progress-bar.js';
import { isLeftToPeople, isOpen } from './selectors.js';
import type { Shown } from './shown.js';
import { expectedWords, utcWords } from './time-words.js';
import { BATCH_WORDS, count, endedOf, nameOf } from './words.js';

export function BatchHead(props: Shown): JSX.Element | null {
  const { state } = props;
  const batch = state.selected === null ? undefined : state.batches.get(state.selected);
  if (batch === undefined) return null;
  return <Head {...props} batch={batch} />;
}

function Head({ batch, now, ...shown }: Shown & { readonly batch: Batch }): JSX.Element {
  const { counts } = batch;
  return (
    <section class="panel head" aria-labelledby="batch-title">
      <div class="head-top">
        <div class="head-name">
          <h2 id="batch-title">{nameOf(batch)}</h2>
          <Badge words={BATCH_WORDS[batch.status]} />
        </div>
        <BatchActions {...shown} {...{ batch, now }} />
      </div>
      <div class="figures">
        <p class="figure">
          <span class="large number">{percent(batch)}</span>
          <span class="muted">
            {count(endedOf(counts))} of {count(counts.total)} ended
          </span>
        </p>
        <EndWords {...{ batch, now }} />
      </div>
      <ProgressBar counts={counts} label={`Progress of ${nameOf(batch)}`} />
      <Legend counts={counts} />
      <Terms {...{ batch, now }} />
    </section>
  );
}

/** Never 100 % before the end. */
const percent = ({ progress }: Batch): string => `${Math.floor(progress * 100)} %`;

function EndWords({ batch, now }: { readonly batch: Batch; readonly now: number }): JSX.Element {
  const { estimate, finishedAt, status } = batch;
  if (finishedAt !== null) {
    return (
      <p class="figure end">
        <span class="muted">Ended</span> <Moment at={finishedAt} now={now} />
      </p>
    );
  }
  if (isLeftToPeople(batch)) {
    return (
      <p class="figure end">
        <span class="muted">Ends</span> when somebody has said what became of the rest
      </p>
    );
  }
  if (estimate !== null) {
    const finishAt = Date.parse(estimate.finishAt);
    return (
      <p class="figure end">
        <span class="muted">Expected to end</span>
        <span title={utcWords(finishAt)}>{expectedWords(finishAt, now)}</span>
        <span class="small muted">learned from {estimate.basis}</span>
      </p>
    );
  }
  const why = status === 'paused' ? 'while it is paused' : 'no such import has ended before';
  return (
    <p class="figure end">
      <span class="muted">Expected to end</span>
      <span>not known yet</span>
      <span class="small muted">{isOpen(batch) ? why : ''}</span>
    </p>
  );
}

function Terms({ batch, now }: { readonly batch: Batch; readonly now: number }): JSX.Element {
  const { window: hours, maxConcurrent, onFailure, createdAt, id } = batch;
  return (
    <dl class="terms">
      <div>
        <dt>Accepted</dt>
        <dd>
          <Moment at={createdAt} now={now} />
        </dd>
      </div>
      {hours !== null && (
        <div>
          <dt>Hours</dt>
          <dd>
            {hours.start}–{hours.end} {hours.timeZone}
          </dd>
        </div>
      )}
      {maxConcurrent !== null && (
        <div>
          <dt>At most</dt>
          <dd>{maxConcurrent} at once</dd>
        </div>
      )}
      {onFailure === 'halt' && (
        <div>
          <dt>On failure</dt>
          <dd>halts</dd>
        </div>
      )}
      <div>
        <dt>Id</dt>
        <dd>
          <code>{id}</code>
        </dd>
      </div>
    </dl>
  );
}
