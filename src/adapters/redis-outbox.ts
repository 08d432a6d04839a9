// The outbox: wake-ups written by the same script as the record that needs them. Passing one on twice is harmless.
import { Outbox, type Wake } from '../use-cases/ports.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';

export class RedisOutbox extends Outbox {
  private readonly listeners: ((wakes: readonly Wake[] | null) => void)[] = [];

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
  ) {
    super();
  }

  override onAppend(listener: (wakes: readonly Wake[] | null) => void): void {
    this.listeners.push(listener);
  }

  /** Told by a store what its script has written; null when it does not know. */
  appended(entries: readonly string[] | null): void {
    const wakes = entries?.map(readWake) ?? null;
    if (wakes?.length === 0) return;
    for (const listener of this.listeners) listener(wakes);
  }

  override async pending(limit: number): Promise<readonly Wake[]> {
    return (await this.redis.zrange(this.keys.outbox(), 0, String(limit - 1))).map(readWake);
  }

  override async passedOn(wakes: readonly Wake[]): Promise<void> {
    if (wakes.length > 0) await this.redis.zrem(this.keys.outbox(), ...wakes.map(writeWake));
  }
}

/** As accept-migration.lua and apply-step.lua write it. */
const writeWake = (wake: Wake): string =>
  `${wake.to} ${wake.migrationId} ${wake.version} ${wake.atMs}`;

function readWake(text: string): Wake {
  const [to, migrationId, version, at] = text.split(' ');
  const isKnown = to === 'schedule' || to === 'submit' || to === 'track';
  if (!isKnown || migrationId === undefined || version === undefined) {
    throw new Error(`the outbox holds something that is no wake-up: ${text}`);
  }
  return { to, migrationId, version, atMs: Number(at) };
}
