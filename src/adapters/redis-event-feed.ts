/**
 * New events for everybody in this process, over one connection of its own.
 *
 * A blocking read says that there is something; what it is, is read by the place of the last event that
 * was passed on. So nothing is lost or repeated when the connection breaks or Redis restarts: it goes on
 * from that place, and if events behind it were dropped meanwhile, or Redis lost some, it says so. That is
 * looked at after each silence, too: of a Redis whose clock is behind nothing new would be heard.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { OnModuleDestroy } from '@nestjs/common';
import { EventFeed, type EventListener, type EventLog } from '../use-cases/ports-events.js';
import { entryIdOf, eventIdOf, FIRST_PLACE } from './event-ids.js';
import type { ConnectionOptions, RedisClient } from './redis-connection.js';
import { RedisEventLog } from './redis-event-log.js';
import type { RedisKeys } from './redis-keys.js';

/** A read that finds nothing answers after this long, so that a dead connection is noticed. */
const BLOCK_MS = 5_000;
const SILENCE_MS = 2 * BLOCK_MS;
/** Events of one read: small enough that others have their turn in between. */
const PAGE = 500;
/** Before the next try while Redis is away. */
const AGAIN_MS = 200;

export const FEED_CONNECTION: ConnectionOptions = {
  connectionName: 'events',
  maxRetriesPerRequest: null,
  connectTimeout: 2_000,
  socketTimeout: SILENCE_MS,
  retryStrategy: (times) => Math.min(50 * times, 1_000),
};

export class RedisEventFeed extends EventFeed implements OnModuleDestroy {
  private place = FIRST_PLACE;
  private readonly listeners: EventListener[] = [];
  private starting: Promise<void> | null = null;
  private own: RedisClient | null = null;
  private isOver = false;

  /** `log` answers or fails at once; `open` makes the connection, with the options above. */
  constructor(
    private readonly log: EventLog,
    private readonly keys: RedisKeys,
    private readonly open: () => RedisClient,
  ) {
    super();
  }

  override async listen(listener: EventListener): Promise<void> {
    this.starting ??= this.start();
    try {
      await this.starting;
    } catch (error) {
      this.starting = null;
      throw error;
    }
    this.listeners.push(listener);
  }

  override position(): string {
    return this.place;
  }

  /** By Nest, as the process ends. */
  onModuleDestroy(): void {
    this.isOver = true;
    this.own?.disconnect();
  }

  private async start(): Promise<void> {
    this.place = await this.log.newestId();
    if (this.isOver) return;
    const own = this.open();
    // What is said of it here is said of the other connections, too.
    own.on('error', () => {});
    this.own = own;
    void this.follow(own, new RedisEventLog(own, this.keys));
  }

  private async follow(own: RedisClient, log: EventLog): Promise<void> {
    while (!this.isOver) {
      try {
        await this.passOn(log, await this.next(own));
      } catch {
        if (!this.isOver) await pause(AGAIN_MS, undefined, { ref: false });
      }
    }
  }

  /** Id of the next event, or null when there was none for a while. */
  private async next(own: RedisClient): Promise<string | null> {
    const place = entryIdOf(this.place) ?? '0-0';
    const key = this.keys.events();
    const found = await own.xread('COUNT', 1, 'BLOCK', BLOCK_MS, 'STREAMS', key, place);
    const entry = found?.[0]?.[1][0]?.[0];
    return entry === undefined ? null : eventIdOf(entry);
  }

  private async passOn(log: EventLog, next: string | null): Promise<void> {
    const events = await log.after(this.place, PAGE);
    if (events?.length === 0) {
      // Where nobody can read what comes next, it goes on behind that.
      this.place = next ?? this.place;
      return;
    }
    this.place = events?.at(-1)?.id ?? (await log.newestId());
    for (const listener of this.listeners) listener(events);
  }
}
