// What an event says of a migration or a batch; what it does not say stays as it was.
import { STATUSES, type Batch, type Counts, type ServiceEvent, type Status } from './api-views.js';
import type { DisabledWebhook, Row } from './state.js';

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const statusOf = (value: unknown): Status | null => STATUSES.find((one) => one === value) ?? null;

const ENDS: ReadonlySet<Status> = new Set(['succeeded', 'failed', 'canceled']);
const STARTS: ReadonlySet<Status> = new Set(['scheduled', 'queued', 'checking', 'submitting']);

/** The row after the event; `known` as it was. Null for an event that tells nothing of a migration. */
export function rowAfter(known: Row | undefined, event: ServiceEvent): Row | null {
  const { data } = event;
  const [id, status] = [textOf(data['migrationId']), statusOf(data['to'])];
  if (id === null || status === null) return null;
  const changedAt = Date.parse(event.at);
  if (known !== undefined && known.changedAt > changedAt) return known;
  const code = textOf(data['code']);
  return {
    ...(known ?? strange(id, data)),
    ...{ status, changedAt, code, message: textOf(data['message']) },
    attempt: typeof data['attempt'] === 'number' ? data['attempt'] : (known?.attempt ?? 1),
    importId: textOf(data['importId']),
    startedAt: startOf(known, status, event.at),
    finishedAt: ENDS.has(status) ? event.at : null,
  };
}

function startOf(known: Row | undefined, status: Status, at: string): string | null {
  if (STARTS.has(status)) return null;
  return known?.startedAt ?? (status === 'importing' ? at : null);
}

const strange = (id: string, data: ServiceEvent['data']): Omit<Row, 'status' | 'changedAt'> => ({
  ...{ id, batchId: textOf(data['batchId']), databases: null, attempt: 1, importId: null },
  source: textOf(data['sourceInstanceId']) ?? '',
  target: textOf(data['targetInstanceId']) ?? '',
  ...{ code: null, message: null, startedAt: null, finishedAt: null },
});

/** Null for a batch that was not read yet, and for an event of something else. */
export function batchAfter(
  known: Batch | undefined,
  { type, at, data }: ServiceEvent,
): Batch | null {
  if (known === undefined || !type.startsWith('batch.')) return null;
  const status = textOf(data['status']) as Batch['status'] | null;
  const counts = data['counts'] as Counts | undefined;
  const progress = typeof data['progress'] === 'number' ? data['progress'] : known.progress;
  const hasEnded = progress >= 1;
  return {
    ...known,
    ...{ status: status ?? known.status, counts: counts ?? known.counts, progress },
    finishedAt: hasEnded ? (known.finishedAt ?? at) : null,
    ...(hasEnded && { estimate: null }),
  };
}

export function webhookAfter({ type, at, data }: ServiceEvent): DisabledWebhook | null {
  if (type !== 'webhook.disabled') return null;
  const id = textOf(data['webhookId']) ?? textOf(data['id']) ?? '';
  return { id, at, url: textOf(data['url']) };
}
