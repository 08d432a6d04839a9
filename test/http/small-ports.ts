// The small ports of the HTTP floor's tests: a time that stands still, ids in a row, a log that is silent.
import { setImmediate } from 'node:timers/promises';
import * as ports from '../../src/use-cases/ports.js';

export const NOW = Date.UTC(2026, 10, 24, 12);

export class FixedClock extends ports.Clock {
  override now(): number {
    return NOW;
  }
}

export class CountedIds extends ports.Ids {
  private count = 0;
  override make(prefix: string): string {
    this.count += 1;
    return `${prefix}_${String(this.count).padStart(26, '0')}`;
  }
  override token(): string {
    return 'token';
  }
}

export class SilentJournal extends ports.Journal {
  override transition(): void {}
  override warn(): void {}
}

export class NothingLost extends ports.Durability {
  override async confirm(): Promise<boolean> {
    return true;
  }
  override async rollback(): Promise<ports.Rollback> {
    return { epoch: 0, noticedAt: 0, quarantineUntil: 0 };
  }
}

export class NextTurn extends ports.Pause {
  override async wait(): Promise<void> {
    await setImmediate();
  }
}
