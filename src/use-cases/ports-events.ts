// What this service asks of the place that keeps events: one log, in order, for all who read it.
import type { ServiceEvent } from '../domain/event.js';

/** Events are written by the scripts that write what they tell; here they are read. */
export abstract class EventLog {
  /** Id of the newest event; where there is none, the id before all others. */
  abstract newestId(): Promise<string>;
  /** Those after this id, oldest first; null when some after it were dropped already. */
  abstract after(id: string, limit: number): Promise<readonly ServiceEvent[] | null>;
  /** Whether the text has the form of an id of this log. */
  abstract isId(text: string): boolean;
}
