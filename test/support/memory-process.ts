// A process of the service in the little world: the real stories over twins of what is kept.
import { isEnded, type Migration, type MigrationRequest } from '../../src/domain/migration.js';
import type { Batch, BatchRequest } from '../../src/domain/batch.js';
import { AcceptBatch } from '../../src/use-cases/accept-batch.js';
import { CompleteItems } from '../../src/use-cases/complete-items.js';
import { CarryOutCancel } from '../../src/use-cases/carry-out-cancel.js';
import { ControlMigration } from '../../src/use-cases/control-migration.js';
import { HeldByBreaker } from '../../src/use-cases/held-by-breaker.js';
import { ReadMigrations } from '../../src/use-cases/read-migrations.js';
import { ControlBatch } from '../../src/use-cases/control-batch.js';
import { LearnedDurations } from '../../src/use-cases/learned-durations.js';
import { RetryFailed } from '../../src/use-cases/retry-failed.js';
import { LookAfterBatch } from '../../src/use-cases/look-after-batch.js';
import { ReadBatches } from '../../src/use-cases/read-batches.js';
import { StartMigrations } from '../../src/use-cases/start-migrations.js';
import { YieldInstances } from '../../src/use-cases/yield-instances.js';
import { AcceptMigrations } from '../../src/use-cases/accept-migrations.js';
import { CheckPreflight } from '../../src/use-cases/check-preflight.js';
import { LookForImport } from '../../src/use-cases/look-for-import.js';
import type { Wake } from '../../src/use-cases/ports.js';
import type { Upstream } from '../../src/use-cases/ports-upstream.js';
import { NoFigures } from '../../src/use-cases/ports-figures.js';
import { NoTracing } from '../../src/use-cases/ports-tracing.js';
import { ProbeUpstream } from '../../src/use-cases/probe-upstream.js';
import { ReadReservations } from '../../src/use-cases/read-reservations.js';
import { ReconcileSubmission } from '../../src/use-cases/reconcile-submission.js';
import { RecordOutcome } from '../../src/use-cases/record-outcome.js';
import { ScheduleMigrations } from '../../src/use-cases/schedule-migrations.js';
import { SubmitMigration } from '../../src/use-cases/submit-migration.js';
import { SweepLostWakes } from '../../src/use-cases/sweep-lost-wakes.js';
import { WatchUpstream } from '../../src/use-cases/watch-upstream.js';
import { TrackImports } from '../../src/use-cases/track-imports.js';
import { tapped, type Tap } from './crash.js';
import { MemoryDurability } from './memory-durability.js';
import { MemoryBatchStore } from './memory-batches.js';
import {
  FreeSweepLease,
  MemoryDurationHistory,
  MemoryLeases,
  MemoryOutbox,
} from './memory-leases.js';
import { MemoryMigrationStore } from './memory-migration-store.js';
import { TestPause, TestShutdown } from './memory-ports.js';
import type { MemoryBreakers } from './memory-breakers.js';
import type { MemoryCloud } from './memory-cloud.js';
import type { MemoryCredentialStore } from './memory-credential-store.js';
import type { RecordingJournal, TestClock, TestIds, TestSettings } from './memory-ports.js';
import type { MemoryPauses } from './memory-pauses.js';
import type { MemoryQueue } from './memory-queue.js';
import type { MemoryRedis } from './memory-redis.js';
import { MemoryUpstream } from './memory-upstream.js';
import { CALLER, CREDENTIAL } from './memory-tenant.js';

const SWEEP_INTERVAL_MS = 60_000;

/** What all processes share, and what is outside of them. */
export interface Surroundings {
  readonly clock: TestClock;
  readonly redis: MemoryRedis;
  readonly ids: TestIds;
  readonly journal: RecordingJournal;
  readonly queue: MemoryQueue;
  readonly credentials: MemoryCredentialStore;
  readonly breakers: MemoryBreakers;
  readonly pauses: MemoryPauses;
  readonly settings: TestSettings;
  readonly cloud: MemoryCloud;
  readonly migrations: readonly Migration[];
}

export class Process {
  readonly shutdown = new TestShutdown();
  readonly durability: MemoryDurability;
  readonly store: MemoryMigrationStore;
  private readonly outbox: MemoryOutbox;
  readonly control: ControlBatch;
  readonly steering: ControlMigration;
  readonly reading: ReadMigrations;
  private readonly batching: AcceptBatch;
  private readonly accepting: AcceptMigrations;
  private readonly looks: Readonly<Record<Wake['to'], (id: string) => Promise<number | null>>>;
  private readonly sweeping: SweepLostWakes;
  private readonly probing: ProbeUpstream;

  constructor(
    private readonly world: Surroundings,
    tap: Tap,
    calls: Upstream = new MemoryUpstream(world.cloud),
  ) {
    const { clock, redis, ids, journal, settings, queue } = world;
    const tracing = new NoTracing();
    const ownDurability = new MemoryDurability(redis, clock, settings.submissionFenceMs);
    const ownOutbox = new MemoryOutbox(redis);
    const wiring = { outbox: ownOutbox, durability: ownDurability };
    const store = tapped(new MemoryMigrationStore(redis, wiring), tap);
    const credentials = tapped(world.credentials, tap);
    const leases = tapped(new MemoryLeases(redis), tap);
    const durability = tapped(ownDurability, tap);
    const { pauses } = world;
    const upstream = new WatchUpstream(tapped(calls, tap), pauses, journal);
    const pause = tapped(new TestPause(clock), tap);
    const breakers = tapped(world.breakers, tap);
    const held = new HeldByBreaker(breakers, store, pauses);
    const outcomes = new RecordOutcome(store, clock, settings, journal, pause, breakers);
    const looks = new LookForImport(store, durability, clock);
    const reconciliation = new ReconcileSubmission(
      store,
      upstream,
      durability,
      looks,
      outcomes,
      clock,
      settings,
      tracing,
      pauses,
    );
    const preflight = new CheckPreflight(
      new ReadReservations(store, leases, pause),
      clock,
      tracing,
    );
    const batches = tapped(new MemoryBatchStore(redis, ownOutbox), tap);
    const durations = new LearnedDurations(tapped(new MemoryDurationHistory(redis), tap), clock);
    const yielding = new YieldInstances(batches, outcomes, clock, breakers, pauses);
    const starting = new StartMigrations(
      ...([store, leases, batches, durations, clock, journal, held, tracing] as const),
    );
    const retrying = new RetryFailed(store, batches, clock, journal);
    const looking = new LookAfterBatch(
      ...([store, batches, starting, durability, retrying, clock, journal] as const),
    );
    const submit = new SubmitMigration(
      store,
      upstream,
      durability,
      preflight,
      outcomes,
      reconciliation,
      yielding,
      clock,
      settings,
      this.shutdown,
    );
    const schedule = new ScheduleMigrations(
      ...([store, batches, starting, looking, durability, clock, journal] as const),
    );
    const canceling = new CarryOutCancel(store, outcomes, clock);
    const track = new TrackImports(
      store,
      upstream,
      looks,
      clock,
      settings,
      outcomes,
      journal,
      canceling,
      durations,
      new NoFigures(),
    );
    this.durability = ownDurability;
    this.store = store;
    this.outbox = tapped(ownOutbox, tap);
    this.accepting = new AcceptMigrations(store, credentials, clock, ids, journal, tracing);
    const completing = new CompleteItems(credentials);
    this.batching = new AcceptBatch(batches, completing, clock, ids, journal, pause, tracing);
    const reading = new ReadBatches(batches, leases, durations, clock);
    this.control = new ControlBatch(batches, retrying, reading, clock);
    this.reading = new ReadMigrations(store, leases, batches, durations, clock, held);
    this.steering = new ControlMigration(
      ...([store, this.reading, durability, clock, journal, settings] as const),
    );
    this.probing = new ProbeUpstream(pauses, upstream, store, queue, clock);
    const lease = new FreeSweepLease();
    this.sweeping = new SweepLostWakes({ migrations: store, leases, lease, wakes: queue, clock });
    this.looks = {
      schedule: (id) => schedule.decide(id),
      submit: (id) => submit.submit(id),
      track: (id) => track.look(id),
      // Nothing of this world is told to webhooks.
      deliver: async () => null,
    };
  }

  /** The id of what was accepted, now or earlier with the same key. */
  async accept(request: MigrationRequest, key: string | null = null): Promise<string> {
    this.world.cloud.seed(request);
    await this.world.credentials.create(CREDENTIAL, null);
    const accepted = await this.accepting.accept({
      ...CALLER,
      ...{ requestId: 'req-1', violations: [], order: (all) => all },
      draft: request,
      idempotency: key === null ? null : { key, hash: 'hash' },
    });
    return accepted.migration.id;
  }

  /** The batch of what was accepted; dependencies are places in the list. */
  async acceptBatch(
    requests: readonly MigrationRequest[],
    batch: Partial<BatchRequest> = {},
    dependsOn: readonly (readonly number[])[] = [],
  ): Promise<Batch> {
    for (const request of requests) this.world.cloud.seed(request);
    await this.world.credentials.create(CREDENTIAL, null);
    const accepted = await this.batching.accept({
      ...CALLER,
      ...{ requestId: 'req-1', violations: [], order: (all) => all },
      batch: { name: null, window: null, maxConcurrent: null, onFailure: 'continue', ...batch },
      items: requests.map((draft, index) => ({
        ...{ draft, key: null, pointer: `/migrations/${index}`, hasOwnCredential: true },
        dependsOn: dependsOn[index] ?? [],
      })),
      idempotency: null,
    });
    return accepted.batch;
  }

  /** One look, as a worker makes it: it may put its job back for later. */
  async look(wake: Wake): Promise<void> {
    const again = await this.looks[wake.to](wake.migrationId);
    if (again !== null) {
      this.world.queue.add({ ...wake, atMs: Math.max(again, this.world.clock.now() + 1) });
    }
  }

  async relay(): Promise<void> {
    const wakes = await this.outbox.pending(500);
    await this.world.queue.wake(wakes);
    await this.outbox.passedOn(wakes);
  }

  async sweep(): Promise<void> {
    await this.sweeping.sweep();
  }

  /** Works, moving the clock, until all has ended or `forMs` have passed. */
  async work(forMs: number): Promise<void> {
    const { clock, queue, redis, pauses } = this.world;
    const until = clock.now() + forMs;
    let sweepAt = clock.now() + SWEEP_INTERVAL_MS;
    for (let turn = 0; turn < 100_000; turn += 1) {
      await this.relay();
      await this.probing.run();
      const { next } = queue;
      if (next !== undefined && next.atMs <= clock.now()) {
        queue.take(next);
        await this.look(next);
        continue;
      }
      const isIdle = next === undefined && redis.outbox.length === 0;
      if (isIdle && this.world.migrations.every(({ status }) => isEnded(status))) return;
      const at = Math.min(next?.atMs ?? Infinity, sweepAt, pauses.nextProbeAt ?? Infinity);
      if (at > until) return;
      clock.moveTo(at);
      if (at < sweepAt) continue;
      await this.sweep();
      sweepAt = at + SWEEP_INTERVAL_MS;
    }
    throw new Error('the process turns without end');
  }
}
