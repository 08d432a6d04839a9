/**
 * Waits until what was written before is on disk, on a Redis that flushes its append-only file each second.
 *
 * Redis starts a flush when a turn of its event loop ends in a later second than its last flush began, and none is
 * under way. So, each seen in an answer that was asked for after the one before:
 *   1 no flush is under way: by the end of that turn all writes before it are with the kernel, and every flush that
 *     starts from now on takes them along. That turn may have ended in the next second already;
 *   2 the server's clock is two seconds on: by the end of that turn such a flush has started;
 *   3 no flush is under way, and the last write succeeded: that flush has ended.
 * Where INFO does not tell, two seconds are waited for: a second until the flush begins, another for the flush.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface FlushReading {
  /** The server's clock, in whole seconds. */
  readonly second: number;
  readonly isFlushing: boolean;
  readonly isOk: boolean;
}

const READ_EVERY_MS = 100;
const UNREAD_WAIT_MS = 2_000;
/** A disk that takes longer confirms nothing: well before an intent grows too old, or a shutdown ends. */
const MOST_MS = 6_000;

type Stage =
  | { readonly name: 'new' }
  | { readonly name: 'written'; readonly second: number }
  | { readonly name: 'flushing' }
  | { readonly name: 'over'; readonly isDurable: boolean };

export function nextStage(stage: Stage, { second, isFlushing, isOk }: FlushReading): Stage {
  if (stage.name === 'over') return stage;
  if (!isOk) return { name: 'over', isDurable: false };
  switch (stage.name) {
    case 'new':
      return isFlushing ? stage : { name: 'written', second };
    case 'written':
      return second < stage.second + 2 ? stage : { name: 'flushing' };
    case 'flushing':
      return isFlushing ? stage : { name: 'over', isDurable: true };
  }
}

interface Waiter {
  stage: Stage;
  readonly since: number;
  readonly tell: (isDurable: boolean) => void;
}

/** All who wait share the readings: there is one a tick, however many they are. */
export class FlushWait {
  private readonly waiters = new Set<Waiter>();
  private isReading = false;

  /** `read` answers null where the server does not tell; it rejects when there is no answer. */
  constructor(private readonly read: () => Promise<FlushReading | null>) {}

  async untilFlushed(): Promise<boolean> {
    return new Promise((tell) => {
      this.waiters.add({ stage: { name: 'new' }, since: performance.now(), tell });
      if (!this.isReading) void this.readOn();
    });
  }

  private async readOn(): Promise<void> {
    this.isReading = true;
    while (this.waiters.size > 0) {
      // Who comes while it is read has written after it was asked for.
      const present = [...this.waiters];
      const reading = await this.read().catch(() => 'no answer' as const);
      for (const waiter of present) this.advance(waiter, reading);
      if (this.waiters.size > 0) await sleep(READ_EVERY_MS);
    }
    this.isReading = false;
  }

  private advance(waiter: Waiter, reading: FlushReading | null | 'no answer'): void {
    const waitedMs = performance.now() - waiter.since;
    if (reading === null) {
      if (waitedMs >= UNREAD_WAIT_MS) waiter.stage = { name: 'over', isDurable: true };
    } else if (reading !== 'no answer') {
      waiter.stage = nextStage(waiter.stage, reading);
    }
    if (waiter.stage.name !== 'over' && waitedMs < MOST_MS) return;
    this.waiters.delete(waiter);
    waiter.tell(waiter.stage.name === 'over' && waiter.stage.isDurable);
  }
}
