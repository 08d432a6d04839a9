// Twins of what figures are made of: a store with nothing in it, and a text that says what it was given.
import { STATUSES, type MigrationStatus } from '../../src/domain/migration.js';
import { Exposition, type Shown } from '../../src/use-cases/ports-figures.js';
import { Tallies, type Stock, type Tally } from '../../src/use-cases/ports-stock.js';

const NO_JOBS = { waiting: 0, active: 0, delayed: 0, oldestMs: 0 };

export const EMPTY_TALLY: Tally = {
  latencyMs: 1,
  statuses: Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<
    MigrationStatus,
    number
  >,
  queues: { schedule: NO_JOBS, submit: NO_JOBS, track: NO_JOBS, deliver: NO_JOBS },
  ...{
    outbox: 0,
    oldestQueuedAt: null,
    lateMs: 0,
    reservedInstances: 0,
    breakersOpen: 0,
    pausesOpen: 0,
  },
  parked: 0,
  paces: [],
  samples: { scheduled: [], queued: [], checking: [] },
  oldestImports: [],
};

export class MemoryTallies extends Tallies {
  taken = 0;

  constructor(public tally: Tally = EMPTY_TALLY) {
    super();
  }

  override async count(): Promise<Tally> {
    this.taken += 1;
    return this.tally;
  }
}

export class PlainExposition extends Exposition {
  readonly shown: (Stock | null)[] = [];

  override async show(stock: Stock | null): Promise<Shown> {
    this.shown.push(stock);
    const text = `rds_import_redis_up ${stock === null ? 0 : 1}\n`;
    return { text, type: 'text/plain; version=0.0.4; charset=utf-8' };
  }
}
