// How far a batch is: a bar in parts, and the same in words and numbers.
import type { JSX } from 'preact';
import type { Counts } from './api-views.js';
import { count, endedOf, GROUP_WORDS, partsOf, type Group } from './words.js';

const SIGNS: Readonly<Record<Group, string>> = {
  ...{
    all: '',
    succeeded: '✓',
    failed: '✕',
    canceled: '–',
    unknown: '?',
    running: '▶',
    waiting: '≡',
  },
};

export function ProgressBar({
  counts,
  label,
}: {
  readonly counts: Counts;
  readonly label: string;
}): JSX.Element {
  const parts = partsOf(counts).filter(([, number]) => number > 0);
  const words = parts.map(
    ([group, number]) => `${count(number)} ${GROUP_WORDS[group].toLowerCase()}`,
  );
  return (
    <div
      {...{ class: 'bar', role: 'progressbar', 'aria-label': label }}
      aria-valuemin={0}
      aria-valuemax={counts.total}
      aria-valuenow={endedOf(counts)}
      aria-valuetext={words.join(', ')}
    >
      {parts.map(([group, number]) => (
        <span key={group} class={`part part-${group}`} style={{ flexGrow: number }} />
      ))}
    </div>
  );
}

/** The numbers of the parts, each with its sign. */
export function Legend({ counts }: { readonly counts: Counts }): JSX.Element {
  const parts = partsOf(counts).filter(([, number]) => number > 0);
  return (
    <ul class="legend">
      {parts.map(([group, number]) => (
        <li key={group} class={`legend-${group}`}>
          <span class="sign" aria-hidden="true">
            {SIGNS[group]}
          </span>
          <span class="number">{count(number)}</span> {GROUP_WORDS[group].toLowerCase()}
        </li>
      ))}
    </ul>
  );
}
