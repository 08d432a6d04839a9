// All the page knows: what it was told, and nothing that could be worked out from it.
import type { Batch, Migration, Status } from './api-views.js';

/** A migration as the lists show it; the rest is read when somebody opens it. */
export interface Row {
  readonly id: string;
  readonly batchId: string | null;
  readonly status: Status;
  readonly source: string;
  readonly target: string;
  /** Null until it was read: events do not name them. */
  readonly databases: string | null;
  readonly attempt: number;
  readonly importId: string | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Milliseconds since the epoch: what is older does not overwrite it. */
  readonly changedAt: number;
}

export type Link =
  | { readonly phase: 'connecting' }
  | { readonly phase: 'live' }
  /** Broken; tried again at `retryAt` (ms since the epoch). */
  | { readonly phase: 'reconnecting'; readonly retryAt: number }
  /** Events were missed: all is being read anew. */
  | { readonly phase: 'behind' };

export type Loading =
  | { readonly phase: 'loading' }
  | { readonly phase: 'done'; readonly isCut: boolean }
  | { readonly phase: 'failed'; readonly message: string };

export interface DisabledWebhook {
  readonly id: string;
  readonly at: string;
  readonly url: string | null;
}

export interface State {
  readonly link: Link;
  readonly batches: ReadonlyMap<string, Batch>;
  readonly batchesLoading: Loading;
  /** Null when all were read. */
  readonly olderBatches: string | null;
  /** Whose migrations are shown; null for all. */
  readonly selected: string | null;
  readonly rows: ReadonlyMap<string, Row>;
  /** Ids of `rows`, the newest first. */
  readonly order: readonly string[];
  readonly rowsLoading: Loading;
  readonly disabledWebhooks: readonly DisabledWebhook[];
  /** What the key was refused to steer: told once, and its buttons are shut from then on. */
  readonly shut: ReadonlySet<Steered>;
  /** What came of the last thing that was asked for. */
  readonly notice: Notice | null;
  /** What a person has seen and need not see again, for as long as the page is open. */
  readonly setAside: ReadonlySet<string>;
}

export type Steered = 'batches' | 'migrations';

export interface Order {
  readonly body?: object;
  /** In words, when it was done. */
  readonly done: string;
}

export interface Notice {
  readonly isGood: boolean;
  readonly text: string;
}

export const INITIAL: State = {
  link: { phase: 'connecting' },
  batches: new Map(),
  batchesLoading: { phase: 'loading' },
  olderBatches: null,
  selected: null,
  rows: new Map(),
  order: [],
  rowsLoading: { phase: 'loading' },
  disabledWebhooks: [],
  shut: new Set(),
  notice: null,
  setAside: new Set(),
};

export function rowOf(migration: Migration): Row {
  const { id, batchId, status, attempt, importId, reason } = migration;
  const last = migration.history.at(-1);
  return {
    ...{ id, batchId, status, attempt, importId },
    ...{ source: migration.sourceInstanceId, target: migration.targetInstanceId },
    databases: migration.databases.map(nameOf).join(', '),
    code: reason?.code ?? null,
    message: reason?.message ?? null,
    startedAt: migration.startedAt,
    finishedAt: migration.finishedAt,
    changedAt: Date.parse(last?.at ?? migration.createdAt),
  };
}

const nameOf = ({ source, target }: Migration['databases'][number]): string =>
  source === target ? source : `${source} → ${target}`;
