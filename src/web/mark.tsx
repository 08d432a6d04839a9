// The sign of the service.
import type { JSX } from 'preact';

export const Mark = (): JSX.Element => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" />
    <path d="M7 11h14M17 6l5 5-5 5" />
    <path class="faint" d="M25 22H11" />
  </svg>
);
