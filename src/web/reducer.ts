// From what the page knows and what it is told to what it knows then: pure, one step for many events.
import type { Batch, Migration, Page, ServiceEvent } from './api-views.js';
import { batchAfter, rowAfter, webhookAfter } from './row-events.js';
import {
  rowOf,
  type DisabledWebhook,
  type Link,
  type Loading,
  type Notice,
  type Row,
  type State,
  type Steered,
} from './state.js';

export type Change =
  | { readonly kind: 'link'; readonly link: Link }
  | { readonly kind: 'batches'; readonly page: Page<Batch>; readonly isFirst: boolean }
  | { readonly kind: 'batches_failed'; readonly message: string }
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'selected'; readonly batchId: string | null }
  | { readonly kind: 'migrations'; readonly items: readonly Migration[] }
  | { readonly kind: 'rows_loading'; readonly loading: Loading }
  | { readonly kind: 'events'; readonly events: readonly ServiceEvent[] }
  | { readonly kind: 'shut'; readonly steered: Steered }
  | { readonly kind: 'notice'; readonly notice: Notice | null }
  | { readonly kind: 'set_aside'; readonly what: string };

export function reduce(state: State, change: Change): State {
  switch (change.kind) {
    case 'link':
      return { ...state, link: change.link };
    case 'batches':
      return withBatches(state, change.page, change.isFirst);
    case 'batches_failed':
      return { ...state, batchesLoading: { phase: 'failed', message: change.message } };
    case 'batch':
      return { ...state, batches: withBatch(state.batches, change.batch) };
    case 'selected':
      return withSelection(state, change.batchId);
    case 'migrations':
      return withRows(state, change.items.map(rowOf).filter(isNewsTo(state)));
    case 'rows_loading':
      return { ...state, rowsLoading: change.loading };
    case 'events':
      return withEvents(state, change.events);
    case 'shut':
      return { ...state, shut: new Set([...state.shut, change.steered]) };
    case 'notice':
      return { ...state, notice: change.notice };
    case 'set_aside':
      return { ...state, setAside: new Set([...state.setAside, change.what]) };
  }
}

const withBatch = (batches: State['batches'], batch: Batch): State['batches'] =>
  newestFirst(new Map(batches).set(batch.id, batch));

const newestFirst = (batches: Map<string, Batch>): State['batches'] =>
  new Map([...batches].sort(([a], [b]) => (a < b ? 1 : -1)));

function withBatches(state: State, page: Page<Batch>, isFirst: boolean): State {
  const batches = new Map(state.batches);
  for (const batch of page.items) batches.set(batch.id, batch);
  const isStart = isFirst && state.batches.size > 0 && state.batchesLoading.phase === 'done';
  return {
    ...state,
    batches: newestFirst(batches),
    batchesLoading: { phase: 'done', isCut: false },
    // The first page read anew does not forget how far the older ones were read.
    olderBatches: isStart ? state.olderBatches : page.nextCursor,
  };
}

/** What is not shown is let go, but for what needs a person. */
function withSelection(state: State, batchId: string | null): State {
  if (batchId === state.selected) return state;
  const kept = [...state.rows].filter(
    ([, row]) =>
      row.batchId === batchId || row.status === 'outcome_unknown' || row.status === 'failed',
  );
  const rows = new Map(kept);
  return {
    ...state,
    ...{ selected: batchId, rows, order: state.order.filter((id) => rows.has(id)) },
    rowsLoading: { phase: 'loading' },
  };
}

const isNewsTo =
  ({ rows }: State) =>
  (row: Row): boolean =>
    (rows.get(row.id)?.changedAt ?? 0) <= row.changedAt;

function withRows(state: State, changed: readonly Row[]): State {
  if (changed.length === 0) return state;
  const rows = new Map(state.rows);
  for (const row of changed) rows.set(row.id, row);
  return { ...state, rows, order: orderOf(state, rows, changed) };
}

/** Ids begin with their time. Sorted only when one is new, and then nearly sorted already. */
function orderOf(state: State, rows: State['rows'], changed: readonly Row[]): readonly string[] {
  if (rows.size === state.rows.size) return state.order;
  const added = [...new Set(changed.map(({ id }) => id))].filter((id) => !state.rows.has(id));
  return [...state.order, ...added].sort((a, b) => (a < b ? 1 : -1));
}

function withEvents(state: State, events: readonly ServiceEvent[]): State {
  const rows = new Map<string, Row>();
  const batches = new Map<string, Batch>();
  const webhooks: DisabledWebhook[] = [];
  for (const event of events) {
    const id = String(event.data['migrationId']);
    const row = rowAfter(rows.get(id) ?? state.rows.get(id), event);
    if (row !== null && isShown(state, row)) rows.set(id, row);
    const batchId = String(event.data['batchId']);
    const batch = batchAfter(batches.get(batchId) ?? state.batches.get(batchId), event);
    if (batch !== null) batches.set(batchId, batch);
    const webhook = webhookAfter(event);
    if (webhook !== null) webhooks.push(webhook);
  }
  const after = withRows(state, [...rows.values()]);
  return {
    ...after,
    ...(batches.size > 0 && { batches: new Map([...state.batches, ...batches]) }),
    ...(webhooks.length > 0 && { disabledWebhooks: [...webhooks, ...state.disabledWebhooks] }),
  };
}

/** Of other batches only what needs a person, or did a moment ago. */
const isShown = (state: State, row: Row): boolean =>
  state.selected === null ||
  row.batchId === state.selected ||
  row.status === 'outcome_unknown' ||
  row.status === 'failed' ||
  state.rows.has(row.id);
