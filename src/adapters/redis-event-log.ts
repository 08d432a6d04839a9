/**
 * The log of events: one stream in Redis, written by the scripts that write what the events tell, and a
 * stream for each tenant into which they are filed under the same ids. So a tenant's events are dropped only
 * for newer ones of its own, and whoever reads what is new needs one connection for all tenants.
 *
 * It remembers the newest event it has seen. A Redis in which that is missing has lost writes, and its
 * clock may be behind: then the log is raised above it, and readers from before are told that events were dropped.
 */
import { createHash } from 'node:crypto';
import { EVENT_TAIL_MS, MOST_EVENTS_OF_TENANT } from '../domain/policy.js';
import type { ServiceEvent } from '../domain/event.js';
import { EventLog } from '../use-cases/ports-events.js';
import { entryIdOf, eventIdOf, FIRST_PLACE } from './event-ids.js';
import { readEvent, type StreamEntry } from './event-record.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const AFTER = new RedisScript(new URL('./events-after.lua', import.meta.url));
const FILE = new RedisScript(new URL('./events-file.lua', import.meta.url));

/** Filed with one script: some 5 ms. */
const FILE_PAGE = 500;
/** Tenants whose logs are trimmed at the same time. */
const TRIM_PAGE = 100;
/** Before any event. */
const FIRST_ENTRY = '0-0';

export class RedisEventLog extends EventLog {
  /** The newest event seen, and the digest of its fields where it was read. */
  private seen = { id: FIRST_PLACE, digest: '' };
  private filing: Promise<void> | null = null;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    private readonly mostOfTenant = MOST_EVENTS_OF_TENANT,
  ) {
    super();
  }

  override isId(text: string): boolean {
    return entryIdOf(text) !== null;
  }

  override async newestId(): Promise<string> {
    return (await this.read(FIRST_PLACE, 1)).newest;
  }

  /** Rejects for what is no id. */
  override async after(id: string, limit: number): Promise<readonly ServiceEvent[] | null> {
    const { kind, entries } = await this.read(id, limit);
    return kind === 'whole' ? eventsOf(entries) : null;
  }

  /** Rejects for what is no id. */
  override async ofTenant(
    tenant: string,
    id: string,
    limit: number,
  ): Promise<readonly ServiceEvent[] | null> {
    const log = this.keys.eventsOfTenant(tenant);
    let page = await this.read(id, limit, { log, insists: true });
    // Filing that was under way may have begun too early; what it is followed by has not.
    for (let turn = 0; turn < 2 && page.kind === 'unfiled'; turn += 1) {
      await this.file();
      page = await this.read(id, limit, { log, insists: turn === 0 });
    }
    return page.kind === 'whole' ? eventsOf(page.entries) : null;
  }

  override async oldest(limit: number): Promise<readonly ServiceEvent[]> {
    return eventsOf(await this.redis.xrange(this.keys.events(), '-', '+', 'COUNT', limit));
  }

  /** One at a time in a process: whoever comes meanwhile waits for it. */
  override async file(): Promise<void> {
    this.filing ??= this.fileAll().finally(() => (this.filing = null));
    await this.filing;
  }

  override async dropBefore(timeMs: number): Promise<void> {
    const { keys, redis } = this;
    await this.file();
    await redis.xtrim(keys.events(), 'MINID', '=', timeMs);
    const tenants = await redis.smembers(keys.tenants());
    for (let from = 0; from < tenants.length; from += TRIM_PAGE) {
      const some = tenants.slice(from, from + TRIM_PAGE);
      await Promise.all(
        some.map((tenant) => redis.xtrim(keys.eventsOfTenant(tenant), 'MINID', '=', timeMs)),
      );
    }
  }

  private async fileAll(): Promise<void> {
    for (;;) {
      const from = (await this.redis.hget(this.keys.eventFiling(), 'filed')) ?? FIRST_ENTRY;
      const range = [`(${from}`, '+', 'COUNT', FILE_PAGE] as const;
      const entries = await this.redis.xrange(this.keys.events(), ...range);
      const isFiled = entries.length === 0 || (await this.filePage(from, entries));
      if (isFiled && entries.length < FILE_PAGE) return;
    }
  }

  private async filePage(from: string, entries: readonly StreamEntry[]): Promise<boolean> {
    const { keys } = this;
    const places = new Map<string, number>();
    const owners = entries.flatMap((entry) => {
      const tenant = readEvent(entry)?.tenant;
      if (tenant === undefined) return [];
      const place = places.get(tenant) ?? places.size + 1;
      places.set(tenant, place);
      return [entry[0], place];
    });
    const tenants = [...places.keys()];
    const to = entries.at(-1)?.[0] ?? from;
    const reply = await FILE.run(
      this.redis,
      [
        ...[keys.events(), keys.eventFiling(), keys.tenants()],
        ...tenants.map((tenant) => keys.eventsOfTenant(tenant)),
      ],
      [from, to, await this.tailFrom(to), this.mostOfTenant, ...tenants, ...owners],
    );
    return reply === 1;
  }

  /** What became no deliveries yet stays as well. */
  private async tailFrom(filed: string): Promise<number> {
    const cursor = await this.redis.get(this.keys.webhookCursor());
    const fannedOut = cursor === null ? null : entryIdOf(cursor);
    const tail = msOf(filed) - EVENT_TAIL_MS;
    return Math.max(0, fannedOut === null ? tail : Math.min(tail, msOf(fannedOut)));
  }

  private async read(id: string, limit: number, of: OfTenant | null = null): Promise<Page> {
    const { keys, seen } = this;
    const place = entryIdOf(id);
    if (place === null) throw new Error('not an id of an event');
    const names = [keys.events(), keys.eventFiling(), of?.log ?? keys.events()];
    const memory = [entryIdOf(seen.id) ?? FIRST_ENTRY, seen.digest];
    const args = [place, limit, ...memory, of?.insists ? '1' : ''];
    const reply = await AFTER.run(this.redis, names, args);
    const [kind, newest, entries] = reply as unknown as [Page['kind'], string, StreamEntry[]];
    const page = { kind, newest: eventIdOf(newest), entries };
    this.remember(page);
    return page;
  }

  private remember({ newest, entries }: Page): void {
    if (newest < this.seen.id) return;
    const last = entries.at(-1);
    const isRead = last !== undefined && eventIdOf(last[0]) === newest;
    if (isRead) this.seen = { id: newest, digest: digestOf(last) };
    else if (newest > this.seen.id) this.seen = { id: newest, digest: '' };
  }
}

interface OfTenant {
  readonly log: string;
  /** That all there is was filed before. */
  readonly insists: boolean;
}

interface Page {
  readonly kind: 'whole' | 'dropped' | 'unfiled';
  readonly newest: string;
  readonly entries: readonly StreamEntry[];
}

const eventsOf = (entries: readonly StreamEntry[]): readonly ServiceEvent[] =>
  entries.map(readEvent).filter((event) => event !== null);

const msOf = (entryId: string): number => Number(entryId.split('-')[0]);

const digestOf = ([, fields]: StreamEntry): string =>
  createHash('sha1').update(fields.join('\n')).digest('hex');
