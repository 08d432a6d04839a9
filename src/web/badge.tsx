// A status as a sign and a word.
import type { JSX } from 'preact';
import type { Wording } from './words.js';

export const Badge = ({ words }: { readonly words: Wording }): JSX.Element => (
  <span class={`badge tone-${words.tone}`}>
    <span class="sign" aria-hidden="true">
      {words.sign}
    </span>
    {words.text}
  </span>
);
