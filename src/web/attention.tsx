// What waits for a person, before everything else; calm and short when nothing does.
import type { JSX } from 'preact';
import {
  BatchItem,
  FailedItem,
  More,
  UnknownItem,
  WebhookItem,
  type ItemProps,
} from './attention-items.js';
import { attentionOf, type Attention } from './selectors.js';

/** More than these are in the list below. */
const MOST = 4;

const sizeOf = ({ unknown, failed, batches }: Attention): number =>
  unknown.length + failed.length + batches.length;

export function AttentionList(props: ItemProps): JSX.Element | null {
  const { state, now, show } = props;
  const found = attentionOf(state, now);
  const number = sizeOf(found) + state.disabledWebhooks.length;
  if (state.batchesLoading.phase === 'loading') return null;
  if (number === 0) {
    return (
      <p class="all-well">
        <span class="sign" aria-hidden="true">
          ✓
        </span>
        Nothing needs a person.
      </p>
    );
  }
  return (
    <section class="attention" aria-labelledby="attention-title">
      <h2 id="attention-title">
        Needs a person <span class="pill">{number}</span>
      </h2>
      <ul>
        {found.unknown.slice(0, MOST).map((row) => (
          <UnknownItem key={row.id} row={row} {...props} />
        ))}
        {found.unknown.length > MOST && (
          <More number={found.unknown.length - MOST} onShow={() => show(null, 'unknown')} />
        )}
        {found.batches.slice(0, MOST).map((batch) => (
          <BatchItem key={batch.id} batch={batch} {...props} />
        ))}
        {found.failed.slice(0, MOST).map((row) => (
          <FailedItem key={row.id} row={row} {...props} />
        ))}
        {found.failed.length > MOST && (
          <More number={found.failed.length - MOST} onShow={() => show(null, 'failed')} />
        )}
        {state.disabledWebhooks.map((webhook) => (
          <WebhookItem key={webhook.id} webhook={webhook} now={now} />
        ))}
      </ul>
    </section>
  );
}
