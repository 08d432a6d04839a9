// Says whether what is shown is of now.
import type { JSX } from 'preact';
import type { Board } from './board.js';
import { useNow } from './hooks.js';
import type { Link } from './state.js';
import { durationWords } from './time-words.js';

interface Props {
  readonly board: Board;
  readonly link: Link;
}

export function LinkState({ board, link }: Props): JSX.Element {
  return (
    <div class={`link link-${link.phase}`} role="status">
      <span class="dot" aria-hidden="true" />
      <LinkWords link={link} />
      {link.phase === 'reconnecting' && (
        <button type="button" class="button quiet small" onClick={() => board.retryNow()}>
          Try now
        </button>
      )}
    </div>
  );
}

function LinkWords({ link }: { readonly link: Link }): JSX.Element {
  switch (link.phase) {
    case 'connecting':
      return <span>Connecting</span>;
    case 'live':
      return <span>Live</span>;
    case 'behind':
      return <span>Behind: reading anew</span>;
    case 'reconnecting':
      return (
        <span>
          Reconnecting <Countdown until={link.retryAt} />
        </span>
      );
  }
}

/** Seen, not read out: a screen reader would count along. */
function Countdown({ until }: { readonly until: number }): JSX.Element {
  const left = until - useNow(1_000);
  return <span aria-hidden="true">{left > 500 ? `in ${durationWords(left)}` : 'now'}</span>;
}
