// A time in the reader's zone, with UTC for whoever points at it.
import type { JSX } from 'preact';
import { clockWords, exactWords, utcWords } from './time-words.js';

interface Props {
  readonly at: string;
  readonly now: number;
  /** With seconds. */
  readonly isExact?: boolean;
}

export function Moment({ at, now, isExact = false }: Props): JSX.Element {
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={utcWords(ms)}>
      {isExact ? exactWords(ms, now) : clockWords(ms, now)}
    </time>
  );
}
