// The log of events: one stream in Redis, written by the scripts that write what the events tell.
import type { ServiceEvent } from '../domain/event.js';
import { EventLog } from '../use-cases/ports-events.js';
import { entryIdOf, eventIdOf } from './event-ids.js';
import { readEvent, type StreamEntry } from './event-record.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const AFTER = new RedisScript(new URL('./events-after.lua', import.meta.url));

export class RedisEventLog extends EventLog {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
  ) {
    super();
  }

  override isId(text: string): boolean {
    return entryIdOf(text) !== null;
  }

  override async newestId(): Promise<string> {
    const { newest } = await this.read('0-0', 1);
    return newest;
  }

  /** Rejects for what is no id. */
  override async after(id: string, limit: number): Promise<readonly ServiceEvent[] | null> {
    const place = entryIdOf(id);
    if (place === null) throw new Error('not an id of an event');
    const { isWhole, newest, entries } = await this.read(place, limit);
    if (!isWhole && newest > id) return null;
    return entries.map(readEvent).filter((event) => event !== null);
  }

  override async oldest(limit: number): Promise<readonly ServiceEvent[]> {
    const { entries } = await this.read('0-0', limit);
    return entries.map(readEvent).filter((event) => event !== null);
  }

  override async dropBefore(timeMs: number): Promise<void> {
    await this.redis.xtrim(this.keys.events(), 'MINID', '=', timeMs);
  }

  private async read(place: string, limit: number): Promise<Page> {
    const reply = await AFTER.run(this.redis, [this.keys.events()], [place, limit]);
    const [isWhole, newest, entries] = reply as unknown as [string, string, StreamEntry[]];
    return { isWhole: isWhole === '1', newest: eventIdOf(newest), entries };
  }
}

interface Page {
  readonly isWhole: boolean;
  readonly newest: string;
  readonly entries: readonly StreamEntry[];
}
