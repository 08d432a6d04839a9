// An event as the stream keeps it: JSON for most; of batches the fields of the batch at that very moment.
import {
  batchFacts,
  type EventType,
  type ServiceEvent,
  type UnplacedEvent,
} from '../domain/event.js';
import { BATCH_STATUSES, batchStatusOf, type BatchStatus } from '../domain/batch.js';
import { BATCH_FIELDS, readBatch } from './batch-record.js';
import { eventIdOf } from './event-ids.js';

/** An entry of the stream: its id, and its fields and values by turns. */
export type StreamEntry = readonly [id: string, fields: readonly string[]];

/** Field `event` of an entry. */
export const writeEvent = (event: UnplacedEvent): string => JSON.stringify(event);

/**
 * Null for what cannot be read: one broken entry must not stop all readers. Entries of earlier versions
 * carry an id of their own; their place counts.
 */
export function readEvent([entryId, fields]: StreamEntry): ServiceEvent | null {
  const values = byName(fields);
  const id = eventIdOf(entryId);
  const text = values.get('event');
  try {
    if (text !== undefined) return { ...(JSON.parse(text) as UnplacedEvent), id };
    return batchEvent(id, values);
  } catch {
    return null;
  }
}

/** Fields `type`, `at`, `tenant`, and `batch`: what the batch's hash held, as JSON. */
function batchEvent(id: string, values: ReadonlyMap<string, string>): ServiceEvent | null {
  const type = values.get('type');
  const held = byName(JSON.parse(values.get('batch') ?? '[]') as readonly string[]);
  const batch = readBatch(BATCH_FIELDS.map((name) => held.get(name) ?? null));
  if (type === undefined || batch === null) return null;
  const told = type.slice('batch.'.length);
  const status = isStatus(told) ? told : batchStatusOf(batch);
  const { tenant } = batch;
  const at = Number(values.get('at'));
  return { id, type: type as EventType, at, tenant, data: batchFacts(batch, status) };
}

const isStatus = (text: string): text is BatchStatus =>
  (BATCH_STATUSES as readonly string[]).includes(text);

function byName(fields: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (let index = 0; index + 1 < fields.length; index += 2) {
    values.set(fields[index] ?? '', fields[index + 1] ?? '');
  }
  return values;
}
