// The things that wait for a person, one by one: what it is, and the way to what can be done about it.
import type { JSX } from 'preact';
import type { Batch } from './api-views.js';
import { Moment } from './moment.js';
import { troubleOf } from './selectors.js';
import type { Shown } from './shown.js';
import type { DisabledWebhook, Row } from './state.js';
import { nameOf, plainWords, plural, type Group } from './words.js';

export interface ItemProps extends Shown {
  readonly show: (batchId: string | null, group: Group) => void;
}

const Path = ({ row }: { readonly row: Row }): JSX.Element => (
  <span class="path">
    <code>{row.source}</code> <span aria-hidden="true">→</span>
    <span class="unseen"> to </span> <code>{row.target}</code>
  </span>
);

export function UnknownItem({ row, now, open }: ItemProps & { readonly row: Row }): JSX.Element {
  return (
    <li class="tone-ask">
      <span class="sign" aria-hidden="true">
        ?
      </span>
      <div class="item-text">
        <strong>Did it start?</strong> <Path row={row} />
        <p class="small muted">
          The call got no answer that counts, since{' '}
          <Moment at={new Date(row.changedAt).toISOString()} now={now} />. Its instances are held
          until somebody says what became of it.
        </p>
      </div>
      <div class="item-buttons">
        <button type="button" class="button" onClick={() => open(row.id)}>
          Look and resolve<span class="unseen"> {row.id}</span>
        </button>
      </div>
    </li>
  );
}

export function FailedItem({ row, open, board }: ItemProps & { readonly row: Row }): JSX.Element {
  return (
    <li class="tone-bad">
      <span class="sign" aria-hidden="true">
        ✕
      </span>
      <div class="item-text">
        <strong>{plainWords(row.code ?? 'failed')}</strong> <Path row={row} />
      </div>
      <div class="item-buttons buttons">
        <button type="button" class="button" onClick={() => open(row.id)}>
          See why<span class="unseen"> {row.id}</span>
        </button>
        <SetAside {...{ board, what: troubleOf(row), name: row.id }} />
      </div>
    </li>
  );
}

interface SetAsideProps extends Pick<Shown, 'board'> {
  readonly what: string;
  readonly name: string;
}

function SetAside({ board, what, name }: SetAsideProps): JSX.Element {
  return (
    <button
      {...{ type: 'button', class: 'button quiet', title: 'Set aside until there is more of it' }}
      aria-label={`Set aside: ${name}`}
      onClick={() => board.change({ kind: 'set_aside', what })}
    >
      <span aria-hidden="true">✕</span>
    </button>
  );
}

/** The newest failure of the batch that the page knows, in a line. */
function Newest({
  batch,
  state,
}: Pick<Shown, 'state'> & { readonly batch: Batch }): JSX.Element | null {
  const id = state.order.find((one) => {
    const row = state.rows.get(one);
    return row?.batchId === batch.id && row.status === 'failed' && row.message !== null;
  });
  const row = id === undefined ? undefined : state.rows.get(id);
  if (row === undefined) return null;
  return (
    <p class="small muted">
      <Path row={row} />: {row.message}
    </p>
  );
}

export function BatchItem(props: ItemProps & { readonly batch: Batch }): JSX.Element {
  const { batch, show, board, state } = props;
  const { failed } = batch.counts;
  const isHalted = batch.status === 'halted';
  return (
    <li class={isHalted ? 'tone-ask' : 'tone-bad'}>
      <span class="sign" aria-hidden="true">
        {isHalted ? '!' : '✕'}
      </span>
      <div class="item-text">
        <strong>
          {isHalted ? 'Halted by a failure' : `${plural(failed, 'migration')} failed`}
        </strong>{' '}
        in {nameOf(batch)}
        <Newest {...{ batch, state }} />
        {isHalted && (
          <p class="small muted">
            Nothing more is submitted. See what failed, mend it, and retry what failed: the batch
            goes on.
          </p>
        )}
      </div>
      <div class="item-buttons buttons">
        <button type="button" class="button" onClick={() => show(batch.id, 'failed')}>
          Show<span class="unseen"> what failed in {nameOf(batch)}</span>
        </button>
        <SetAside {...{ board, what: troubleOf(batch), name: nameOf(batch) }} />
      </div>
    </li>
  );
}

interface WebhookProps {
  readonly webhook: DisabledWebhook;
  readonly now: number;
}

export function WebhookItem({ webhook, now }: WebhookProps): JSX.Element {
  return (
    <li class="tone-ask">
      <span class="sign" aria-hidden="true">
        !
      </span>
      <div class="item-text">
        <strong>Webhook switched off</strong> <code>{webhook.url ?? webhook.id}</code>
        <p class="small muted">
          It only failed, and is told nothing since <Moment at={webhook.at} now={now} />.
        </p>
      </div>
    </li>
  );
}

export function More({
  number,
  onShow,
}: {
  readonly number: number;
  readonly onShow: () => void;
}): JSX.Element {
  return (
    <li class="more">
      <button type="button" class="button quiet" onClick={onShow}>
        and {plural(number, 'more', 'more')}
      </button>
    </li>
  );
}
