// Tells those who do not look how it stands: when the sum of it changed, and not more often than they can listen.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Board } from './board.js';
import { summaryOf } from './selectors.js';

const EVERY_MS = 15_000;

export function Announcer({ board }: { readonly board: Board }): JSX.Element {
  const [text, setText] = useState('');
  useEffect(() => {
    const tell = (): void => {
      if (board.state.batchesLoading.phase === 'done') setText(summaryOf(board.state, Date.now()));
    };
    const timers = [setTimeout(tell, 2_000), setInterval(tell, EVERY_MS)];
    return () => timers.forEach(clearInterval);
  }, [board]);
  return (
    <p class="unseen" role="status" aria-live="polite">
      {text}
    </p>
  );
}
