// What this service asks of the place that keeps events: one log, in order, for all who read it.
import type { ServiceEvent } from '../domain/event.js';

/** Events are written by the scripts that write what they tell; here they are read. */
export abstract class EventLog {
  /** Id of the newest event there was; where there never was any, the id before all others. */
  abstract newestId(): Promise<string>;
  /**
   * Those after this id, oldest first; empty only at the end of the log. Null when some after it may
   * have been dropped already: those of all tenants are kept for a while only. Null as well for an id
   * ahead of all events: the log has lost some since it was told.
   */
  abstract after(id: string, limit: number): Promise<readonly ServiceEvent[] | null>;
  /** As `after`, of one tenant: they are dropped only for newer ones of the same tenant, or by their age. */
  abstract ofTenant(
    tenant: string,
    id: string,
    limit: number,
  ): Promise<readonly ServiceEvent[] | null>;
  /** Those of all tenants that were not dropped, oldest first. */
  abstract oldest(limit: number): Promise<readonly ServiceEvent[]>;
  /** Files all that is new by its tenant. `ofTenant` does so itself; where nobody reads it has to be asked. */
  abstract file(): Promise<void>;
  /** Whether the text has the form of an id of this log. */
  abstract isId(text: string): boolean;
  /** Drops what was written before this time (ms since the epoch). */
  abstract dropBefore(timeMs: number): Promise<void>;
}

/** Some events, or null: some were dropped before they were read, or lost, and it goes on behind them. */
export type EventListener = (events: readonly ServiceEvent[] | null) => void;

/** New events as they are written: one row for everybody in this process, read from the log once. */
export abstract class EventFeed {
  /**
   * From the first call on, what is written is passed on to every listener, in order and each once; it
   * outlives that the log is away for a while. Rejects when the log cannot be reached at the first call:
   * then it can be called again. Listeners neither throw nor wait; they are there for good.
   */
  abstract listen(listener: EventListener): Promise<void>;
  /** Up to this id everything was passed on or told to be missing; it is set before the listeners are called. */
  abstract position(): string;
}

/** Batches whose counts have changed; every change of a count marks its batch in the same write. */
export abstract class BatchProgress {
  /** Ids of those that changed since they were last told of. */
  abstract changed(limit: number): Promise<readonly string[]>;
  /**
   * Writes `batch.progress` with the counts of now and takes off the mark; false when there is no mark,
   * or when anybody has written one of this batch less than PROGRESS_APART_MS ago.
   */
  abstract tell(batchId: string): Promise<boolean>;
}
