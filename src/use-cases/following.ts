/**
 * Tells a reader what happens to its subject: from a place in the log on, every event once and in order.
 *
 * What lies behind is read in pages, each when the reader has room for it; then the reader joins the
 * edge, where new events are passed on as they are written. What comes while it joins is held back until
 * the last gap is read. A reader that does not keep up leaves the edge and reads pages again, so that no
 * more is kept for it than its bound and one page.
 */
import { mayUse, type Caller } from '../domain/access.js';
import { mayBeTold, scopeOf, type EventType, type ServiceEvent } from '../domain/event.js';
import { concerns, type EventHub, type Subject } from './event-hub.js';
import type { EventLog } from './ports-events.js';

/** Events of one page: a quarter of a megabyte. */
const PAGE = 500;
/** Events that may come while the last gap is read; with more of them it is a long way again. */
const MOST_HELD_BACK = 2_000;

export interface Wanted {
  readonly caller: Caller;
  readonly subject: Subject;
  /** Null: all. */
  readonly types: ReadonlySet<EventType> | null;
}

/** Who is told. */
export interface Reader {
  readonly isGone: boolean;
  /** It has not taken in what it was told, and should be told nothing more now. */
  readonly isFull: boolean;
  tell(events: readonly ServiceEvent[]): void;
  /** Resolves once it has room again, or is gone. */
  room(): Promise<void>;
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;
}

export class Following {
  private isAtEdge = false;

  constructor(
    private readonly log: EventLog,
    private readonly hub: EventHub,
    private readonly wanted: Wanted,
    private at: string,
  ) {}

  /** Up to this id the reader was told everything. */
  get position(): string {
    const edge = this.isAtEdge ? this.hub.position() : this.at;
    return edge > this.at ? edge : this.at;
  }

  /** Resolves when the reader is gone, or cannot be told everything any more. Rejects when the log is away. */
  async lead(reader: Reader): Promise<void> {
    while (!reader.isGone) {
      if (!(await this.readPages(reader))) return;
      if (!(await this.stayAtEdge(reader))) return;
      await reader.room();
    }
  }

  /** To the end of the log, or near it. False: there is no way on. */
  private async readPages(reader: Reader): Promise<boolean> {
    for (;;) {
      const page = await this.page();
      if (page === null) return false;
      this.tell(reader, page);
      await reader.room();
      if (reader.isGone) return false;
      if (page.length < PAGE) return true;
    }
  }

  /** Until the reader has no room any more. False: it is gone, or there is no way on. */
  private async stayAtEdge(reader: Reader): Promise<boolean> {
    const held: ServiceEvent[] = [];
    let hasLeft = false;
    let settle = (_goesOn: boolean): void => {};
    const end = new Promise<boolean>((resolve) => (settle = resolve));
    const leave = (goesOn: boolean, hasMissed = false): void => {
      if (!hasMissed) this.at = this.position;
      this.isAtEdge = false;
      hasLeft = true;
      part();
      settle(goesOn);
    };
    const { caller, subject } = this.wanted;
    const part = this.hub.join(caller.tenant, subject, (events) => {
      // The tenant's own log may still have them.
      if (events === null) return leave(true, true);
      if (this.isAtEdge) this.tell(reader, events);
      else held.push(...events);
      if (this.isAtEdge ? reader.isFull : held.length > MOST_HELD_BACK) leave(true);
    });
    void reader.gone.then(() => leave(false));
    try {
      const isClosed = await this.closeGap(reader, this.hub.position());
      if (hasLeft || !isClosed) return isClosed && !reader.isGone;
      this.tell(reader, held.splice(0));
      this.isAtEdge = true;
      if (reader.isFull) leave(true);
      return await end;
    } finally {
      part();
    }
  }

  private async page(): Promise<readonly ServiceEvent[] | null> {
    return this.log.ofTenant(this.wanted.caller.tenant, this.at, PAGE);
  }

  /** Up to this id. False: some of it was dropped. */
  private async closeGap(reader: Reader, until: string): Promise<boolean> {
    while (this.at < until) {
      const page = await this.page();
      if (page === null) return false;
      this.tell(reader, page);
      if (page.length === 0) this.at = until;
    }
    return true;
  }

  private tell(reader: Reader, events: readonly ServiceEvent[]): void {
    const fresh = events.filter((event) => event.id > this.at);
    this.at = fresh.at(-1)?.id ?? this.at;
    const own = fresh.filter((event) => this.isFor(event));
    if (own.length > 0) reader.tell(own);
  }

  private isFor(event: ServiceEvent): boolean {
    const { caller, subject, types } = this.wanted;
    if (types !== null && !types.has(event.type)) return false;
    const isOwn = concerns(subject, event) && mayBeTold(caller, event);
    return isOwn && mayUse(caller, scopeOf(event.type));
  }
}
