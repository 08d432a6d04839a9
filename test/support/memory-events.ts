// The in-memory twin of the log of events and of its feed: what is added is told at once.
import { entryIdOf, eventIdOf, FIRST_PLACE } from '../../src/adapters/event-ids.js';
import type { ServiceEvent, UnplacedEvent } from '../../src/domain/event.js';
import { MOST_EVENTS_OF_TENANT } from '../../src/domain/policy.js';
import { EventFeed, EventLog, type EventListener } from '../../src/use-cases/ports-events.js';
import { START_MS } from './memory-ports.js';

export class MemoryEventLog extends EventLog {
  private kept: ServiceEvent[] = [];
  private newest = FIRST_PLACE;
  private lastDropped = '';
  private readonly idsOf = new Map<string, string[]>();
  private readonly lastDroppedOf = new Map<string, string>();
  private added = 0;
  private readonly listeners = new Set<(event: ServiceEvent) => void>();

  constructor(private readonly mostOfTenant = MOST_EVENTS_OF_TENANT) {
    super();
  }

  /** `writtenAtMs`: its place; what is written in one millisecond keeps its order. */
  add(event: UnplacedEvent, writtenAtMs = START_MS): ServiceEvent {
    this.added += 1;
    const placed = { ...event, id: eventIdOf(`${writtenAtMs}-${this.added}`) };
    this.kept.push(placed);
    this.newest = placed.id;
    const own = this.idsOf.get(event.tenant) ?? [];
    this.idsOf.set(event.tenant, own);
    own.push(placed.id);
    const old = own[own.length - this.mostOfTenant - 1];
    if (old !== undefined) this.lastDroppedOf.set(event.tenant, old);
    for (const listener of this.listeners) listener(placed);
    return placed;
  }

  onAdd(listener: (event: ServiceEvent) => void): void {
    this.listeners.add(listener);
  }

  get position(): string {
    return this.newest;
  }

  override async newestId(): Promise<string> {
    return this.newest;
  }

  override async after(id: string, limit: number): Promise<readonly ServiceEvent[] | null> {
    if (!this.isId(id)) throw new Error('not an id of an event');
    if (id > this.newest) return null;
    if (this.lastDropped !== '' && id <= this.lastDropped && id < this.newest) return null;
    return this.kept.filter((event) => event.id > id).slice(0, limit);
  }

  override async ofTenant(
    tenant: string,
    id: string,
    limit: number,
  ): Promise<readonly ServiceEvent[] | null> {
    if ((await this.after(id, 1)) === null || id < (this.lastDroppedOf.get(tenant) ?? '')) {
      return null;
    }
    const own = this.kept.filter((event) => event.tenant === tenant && event.id > id);
    return own.slice(0, limit);
  }

  override async file(): Promise<void> {}

  override async oldest(limit: number): Promise<readonly ServiceEvent[]> {
    return this.kept.slice(0, limit);
  }

  override isId(text: string): boolean {
    return entryIdOf(text) !== null;
  }

  override async dropBefore(timeMs: number): Promise<void> {
    const place = eventIdOf(`${timeMs}-0`);
    this.lastDropped = this.kept.findLast(({ id }) => id < place)?.id ?? this.lastDropped;
    this.kept = this.kept.filter(({ id }) => id >= place);
  }
}

export class MemoryEventFeed extends EventFeed {
  constructor(private readonly log: MemoryEventLog) {
    super();
  }

  override async listen(listener: EventListener): Promise<void> {
    this.log.onAdd((event) => listener([event]));
  }

  override position(): string {
    return this.log.position;
  }
}
