// All that the service keeps, as plain values: it can be copied, and put back as a Redis that lost writes.
import type { Batch, Gate, Running } from '../../src/domain/batch.js';
import type { DurationSample } from '../../src/domain/estimate.js';
import type { UnplacedEvent } from '../../src/domain/event.js';
import { isEnded, isInRow, type HistoryEntry, type Migration } from '../../src/domain/migration.js';
import type { Holder, Wake } from '../../src/use-cases/ports.js';

export interface FirstUse {
  readonly hash: string;
  readonly migration: Migration;
  readonly entry: HistoryEntry;
}

export interface FirstBatch {
  readonly hash: string;
  readonly batch: Batch;
}

export interface MemoryEvent {
  readonly migrationId: string;
  readonly version: number;
  readonly to: string;
}

/** What the scripts decide about a batch; its counts are counted. */
export interface KeptBatch {
  readonly doc: Batch;
  readonly gate: Gate;
  readonly running?: Running;
  readonly haltsOnResume?: true;
  readonly version: number;
  readonly finishedAt: number | null;
  readonly wakeAt: number | null;
  readonly retryRound?: number;
}

interface Counters {
  readonly fence: number;
  readonly intents: number;
}

/** What is in it is never changed in place, so a copy of the maps is a copy of all. */
export interface Snapshot {
  readonly batches: ReadonlyMap<string, KeptBatch>;
  readonly sizes: ReadonlyMap<string, number>;
  readonly samples: readonly (DurationSample & { readonly engine: string })[];
  readonly records: ReadonlyMap<string, Migration>;
  readonly histories: ReadonlyMap<string, readonly HistoryEntry[]>;
  readonly leases: ReadonlyMap<string, Holder>;
  readonly importOwners: ReadonlyMap<string, string>;
  readonly firsts: ReadonlyMap<string, FirstUse>;
  readonly firstBatches: ReadonlyMap<string, FirstBatch>;
  readonly credentials: ReadonlyMap<string, string>;
  readonly outbox: readonly Wake[];
  readonly events: readonly MemoryEvent[];
  readonly told: readonly UnplacedEvent[];
  readonly counters: Counters;
  readonly rollback: { readonly epoch: number; readonly noticedAt: number; readonly until: number };
}

export class MemoryRedis implements Snapshot {
  records = new Map<string, Migration>();
  histories = new Map<string, readonly HistoryEntry[]>();
  /** Instance → who holds it. */
  leases = new Map<string, Holder>();
  /** "target instance/ImportId" → migration. */
  importOwners = new Map<string, string>();
  /** Tenant and idempotency key → what they were first used for. */
  firsts = new Map<string, FirstUse>();
  firstBatches = new Map<string, FirstBatch>();
  /** Credential → tenant. */
  credentials = new Map<string, string>();
  batches = new Map<string, KeptBatch>();
  /** Source instance → size of its data. */
  sizes = new Map<string, number>();
  samples: readonly (DurationSample & { readonly engine: string })[] = [];
  outbox: readonly Wake[] = [];
  events: readonly MemoryEvent[] = [];
  /** Of batches, and of imports that run too long. */
  told: readonly UnplacedEvent[] = [];
  /** Batches whose counts changed since they were told. */
  readonly changed = new Set<string>();
  /** Batch → when its progress was told last. */
  readonly toldAt = new Map<string, number>();
  counters: Counters = { fence: 0, intents: 0 };
  rollback = { epoch: 0, noticedAt: 0, until: 0 };

  get unended(): readonly Migration[] {
    return [...this.records.values()].filter((record) => !isEnded(record.status));
  }

  get waiting(): readonly Migration[] {
    return [...this.records.values()].filter(isInRow);
  }

  snapshot(): Snapshot {
    return {
      records: new Map(this.records),
      histories: new Map(this.histories),
      leases: new Map(this.leases),
      importOwners: new Map(this.importOwners),
      firsts: new Map(this.firsts),
      firstBatches: new Map(this.firstBatches),
      credentials: new Map(this.credentials),
      batches: new Map(this.batches),
      sizes: new Map(this.sizes),
      samples: this.samples,
      outbox: this.outbox,
      events: this.events,
      told: this.told,
      counters: this.counters,
      rollback: this.rollback,
    };
  }

  /** Everything written since is lost. */
  loseSince(snapshot: Snapshot): void {
    this.records = new Map(snapshot.records);
    this.histories = new Map(snapshot.histories);
    this.leases = new Map(snapshot.leases);
    this.importOwners = new Map(snapshot.importOwners);
    this.firsts = new Map(snapshot.firsts);
    this.firstBatches = new Map(snapshot.firstBatches);
    this.credentials = new Map(snapshot.credentials);
    this.batches = new Map(snapshot.batches);
    this.sizes = new Map(snapshot.sizes);
    this.samples = snapshot.samples;
    this.outbox = snapshot.outbox;
    this.events = snapshot.events;
    this.told = snapshot.told;
    this.counters = snapshot.counters;
    this.rollback = snapshot.rollback;
  }
}
