// A look as a span in the trace of the migration that it is about, however long ago that was accepted.
import type { MigrationStore } from '../use-cases/ports.js';
import type { Tracing } from '../use-cases/ports-tracing.js';
import type { Task } from './queues.js';

/** Looks at one record; answers when to look again (ms since the epoch), or null. */
export type Look = (id: string) => Promise<number | null>;

/**
 * Told only when it finds something: an import of a day is looked at a thousand times, and a trace of
 * that would hide what happened. Looks at what has no trace (batches, old records) are told by none.
 */
export function tracedLook(
  tracing: Tracing,
  migrations: MigrationStore,
): (task: Task, look: Look) => Look {
  if (!tracing.isOn) return (_task, look) => look;
  return (task, look) => async (id) => {
    // One read more for each look. The job itself carries an id and nothing else.
    const migration = id.startsWith('mig_') ? await migrations.find(id) : null;
    const options = {
      kind: 'consumer',
      parent: migration?.traceparent ?? null,
      onlyWithNews: true,
      attributes: { 'migration.id': id, 'migration.attempt': migration?.attempt ?? 0 },
    } as const;
    return tracing.span(`look ${task}`, options, () => look(id));
  };
}
