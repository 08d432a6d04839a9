// Every status in words, with a sign and a tone: colour alone says nothing.
import type { Batch, BatchStatus, Counts, Status } from './api-views.js';

export type Tone = 'wait' | 'run' | 'good' | 'bad' | 'ask' | 'off';

export interface Wording {
  readonly text: string;
  readonly sign: string;
  readonly tone: Tone;
}

const wording = (text: string, sign: string, tone: Tone): Wording => ({ text, sign, tone });

export const STATUS_WORDS: Readonly<Record<Status, Wording>> = {
  scheduled: wording('Scheduled', '◷', 'wait'),
  queued: wording('Queued', '≡', 'wait'),
  checking: wording('Checking', '▸', 'run'),
  submitting: wording('Submitting', '▸', 'run'),
  importing: wording('Importing', '▶', 'run'),
  canceling: wording('Canceling', '▸', 'run'),
  outcome_unknown: wording('Outcome unknown', '?', 'ask'),
  succeeded: wording('Succeeded', '✓', 'good'),
  failed: wording('Failed', '✕', 'bad'),
  canceled: wording('Canceled', '–', 'off'),
};

export const BATCH_WORDS: Readonly<Record<BatchStatus, Wording>> = {
  running: wording('Running', '▶', 'run'),
  paused: wording('Paused', '‖', 'wait'),
  halted: wording('Halted', '!', 'ask'),
  succeeded: wording('Succeeded', '✓', 'good'),
  partially_failed: wording('Partly failed', '✕', 'bad'),
  failed: wording('Failed', '✕', 'bad'),
  canceling: wording('Canceling', '▸', 'run'),
  canceled: wording('Canceled', '–', 'off'),
};

const WAIT_WORDS: Readonly<Record<string, string>> = {
  not_before: 'For its time',
  window: 'For the hours of its batch',
  dependency: 'For others of its batch',
  batch_limit: 'For a place: the batch has as many in flight as it may',
  batch_paused: 'For somebody to resume the batch',
  quota: 'For its share of the calls upstream',
  upstream_busy: 'For upstream, which takes it later',
  fence: 'Until the earlier call can no longer be accepted',
  upstream_unavailable: 'For upstream, which does not answer',
  operation_gone: 'For upstream to offer the action again',
};

export const waitWords = (kind: string): string => WAIT_WORDS[kind] ?? kind.replaceAll('_', ' ');

/** `source_databases_running` → `Source databases running`. */
export function plainWords(code: string): string {
  const text = code.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const GROUPS = [
  'all',
  'waiting',
  'running',
  'unknown',
  'failed',
  'succeeded',
  'canceled',
] as const;
export type Group = (typeof GROUPS)[number];

export const GROUP_WORDS: Readonly<Record<Group, string>> = {
  all: 'All',
  waiting: 'Waiting',
  running: 'Running',
  unknown: 'Unknown',
  failed: 'Failed',
  succeeded: 'Succeeded',
  canceled: 'Canceled',
};

const GROUP_OF: Readonly<Record<Status, Group>> = {
  ...{ scheduled: 'waiting', queued: 'waiting', checking: 'running', submitting: 'running' },
  ...{ importing: 'running', canceling: 'running', outcome_unknown: 'unknown' },
  ...{ succeeded: 'succeeded', failed: 'failed', canceled: 'canceled' },
};

export const groupOf = (status: Status): Group => GROUP_OF[status];

/** The parts of a progress bar, in its order. */
export function partsOf(counts: Counts): readonly (readonly [Group, number])[] {
  const { scheduled, queued, checking, submitting, importing, canceling } = counts;
  return [
    ['succeeded', counts.succeeded],
    ['failed', counts.failed],
    ['canceled', counts.canceled],
    ['unknown', counts.outcomeUnknown],
    ['running', checking + submitting + importing + canceling],
    ['waiting', scheduled + queued],
  ];
}

export const endedOf = ({ succeeded, failed, canceled }: Counts): number =>
  succeeded + failed + canceled;

export const nameOf = ({ name, id }: Pick<Batch, 'name' | 'id'>): string =>
  name ?? `Batch ${id.slice(-6)}`;

export const count = (number: number): string => number.toLocaleString('en-GB');

export const plural = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`;
