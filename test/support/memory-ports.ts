// The small ports for tests: a clock that is moved, ids in a row, settings as shipped, a journal that remembers.
import { timePart } from '../../src/adapters/id-time.js';
import type { Step } from '../../src/domain/migration-step.js';
import { Clock, Ids, Journal, Pause, Settings, Shutdown } from '../../src/use-cases/ports.js';

export const START_MS = 1_764_000_000_000;

export class TestClock extends Clock {
  constructor(private nowMs = START_MS) {
    super();
  }

  override now(): number {
    return this.nowMs;
  }

  /** Time never runs backwards. */
  moveTo(timeMs: number): void {
    this.nowMs = Math.max(this.nowMs, timeMs);
  }

  moveBy(ms: number): void {
    this.moveTo(this.nowMs + ms);
  }
}

/** Waits by moving the clock. */
export class TestPause extends Pause {
  constructor(private readonly clock: TestClock) {
    super();
  }

  override async wait(ms: number): Promise<void> {
    this.clock.moveBy(ms);
  }
}

/** Sort as real ids do; the same calls give the same ids. */
export class TestIds extends Ids {
  private made = 0;

  override make(prefix: 'mig' | 'bat' | 'cred' | 'evt' | 'key' | 'whk', atMs: number): string {
    return `${prefix}_${timePart(atMs)}${this.next()}`;
  }

  override token(): string {
    return this.next();
  }

  private next(): string {
    this.made += 1;
    return String(this.made).padStart(16, '0');
  }
}

export class RecordingJournal extends Journal {
  readonly steps: Step[] = [];
  readonly warnings: string[] = [];

  override transition(step: Step): void {
    this.steps.push(step);
  }

  override warn(message: string): void {
    this.warnings.push(message);
  }
}

export class TestSettings extends Settings {
  override readonly upstreamTimeoutMs = 10_000;
  override readonly trackIntervalMs = 15_000;
  override readonly outcomeGraceMs = 120_000;
  override readonly submissionFenceMs = 2_100_000;
  override readonly signatureLifetimeMs = 900_000;
  override readonly maxImportHours = 24;
  override readonly retentionDays = 90;
  override readonly auditRetentionDays = 365;

  constructor(override readonly unknownPolicy: 'operator' | 'resubmit' = 'operator') {
    super();
  }
}

export class TestShutdown extends Shutdown {
  override isUnderWay = false;
}
