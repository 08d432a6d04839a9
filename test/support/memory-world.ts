// A whole little world: what is kept, the upstream, the queue, and processes that come and go over them.
import { isEnded, type Migration, type MigrationRequest } from '../../src/domain/migration.js';
import { AcceptMigrations } from '../../src/use-cases/accept-migrations.js';
import { CheckPreflight } from '../../src/use-cases/check-preflight.js';
import { LookForImport } from '../../src/use-cases/look-for-import.js';
import { Wakes, type Wake } from '../../src/use-cases/ports.js';
import type { Credential } from '../../src/use-cases/ports-credentials.js';
import { ReconcileSubmission } from '../../src/use-cases/reconcile-submission.js';
import { RecordOutcome } from '../../src/use-cases/record-outcome.js';
import { ScheduleMigrations } from '../../src/use-cases/schedule-migrations.js';
import { SubmitMigration } from '../../src/use-cases/submit-migration.js';
import { SweepLostWakes } from '../../src/use-cases/sweep-lost-wakes.js';
import { TrackImports } from '../../src/use-cases/track-imports.js';
import { Counting, tapped, type Tap } from './crash.js';
import { FAIR_CLOUD, MemoryCloud, type CloudOptions } from './memory-cloud.js';
import { MemoryCredentialStore } from './memory-credential-store.js';
import { MemoryDurability } from './memory-durability.js';
import { MemoryLeases, MemoryOutbox } from './memory-leases.js';
import { MemoryMigrationStore } from './memory-migration-store.js';
import {
  RecordingJournal,
  START_MS,
  TestClock,
  TestIds,
  TestPause,
  TestSettings,
  TestShutdown,
} from './memory-ports.js';
import { MemoryRedis } from './memory-redis.js';
import { MemoryUpstream } from './memory-upstream.js';

const SWEEP_INTERVAL_MS = 60_000;
export const TENANT = 'acme';

export interface WorldOptions {
  readonly cloud?: Partial<CloudOptions>;
  readonly policy?: 'operator' | 'resubmit';
}

/** As BullMQ: the same wake-up made twice is one job while it lasts. */
class Queue extends Wakes {
  private readonly jobs = new Map<string, Wake>();

  override async wake(wakes: readonly Wake[]): Promise<void> {
    for (const wake of wakes) this.add(wake);
  }

  add(wake: Wake): void {
    const name = `${wake.to} ${wake.migrationId} ${wake.version}`;
    if (!this.jobs.has(name)) this.jobs.set(name, wake);
  }

  get waiting(): readonly Wake[] {
    return [...this.jobs.values()].sort((a, b) => a.atMs - b.atMs);
  }

  take(wake: Wake): void {
    this.jobs.delete(`${wake.to} ${wake.migrationId} ${wake.version}`);
  }
}

export class World {
  readonly clock = new TestClock();
  readonly redis = new MemoryRedis();
  readonly ids = new TestIds();
  readonly journal = new RecordingJournal();
  readonly queue = new Queue();
  readonly credentials = new MemoryCredentialStore();
  readonly settings: TestSettings;
  readonly cloud: MemoryCloud;

  constructor(options: WorldOptions = {}) {
    this.settings = new TestSettings(options.policy);
    this.cloud = new MemoryCloud(this.clock, { ...FAIR_CLOUD, ...options.cloud });
    this.redis.credentials.set(CREDENTIAL.id, TENANT);
  }

  boot(tap: Tap = new Counting()): Process {
    return new Process(this, tap);
  }

  get migrations(): readonly Migration[] {
    return [...this.redis.records.values()];
  }

  request(fields: Partial<MigrationRequest> = {}): MigrationRequest {
    return {
      credentialId: CREDENTIAL.id,
      regionId: 'cn-hangzhou',
      sourceInstanceId: 'rm-source',
      targetInstanceId: 'rm-target',
      engine: this.cloud.options.engine,
      databases: [{ source: 'orders', target: 'orders' }],
      preflight: 'enforce',
      priority: 0,
      notBefore: null,
      labels: {},
      allowDuplicate: false,
      ...fields,
    };
  }
}

export class Process {
  readonly shutdown = new TestShutdown();
  readonly durability: MemoryDurability;
  readonly store: MemoryMigrationStore;
  private readonly outbox: MemoryOutbox;
  private readonly accepting: AcceptMigrations;
  private readonly looks: Readonly<Record<Wake['to'], (id: string) => Promise<number | null>>>;
  private readonly sweeping: SweepLostWakes;

  constructor(
    private readonly world: World,
    tap: Tap,
  ) {
    const { clock, redis, ids, journal, settings, cloud, queue } = world;
    const ownDurability = new MemoryDurability(redis, clock, settings.submissionFenceMs);
    const ownOutbox = new MemoryOutbox(redis);
    const wiring = { outbox: ownOutbox, durability: ownDurability };
    const store = tapped(new MemoryMigrationStore(redis, wiring), tap);
    const credentials = tapped(world.credentials, tap);
    const leases = tapped(new MemoryLeases(redis), tap);
    const durability = tapped(ownDurability, tap);
    const upstream = tapped(new MemoryUpstream(cloud), tap);
    const pause = tapped(new TestPause(clock), tap);
    const outcomes = new RecordOutcome(store, clock, settings, journal, pause);
    const looks = new LookForImport(store, durability, clock);
    const reconciliation = new ReconcileSubmission(
      store,
      upstream,
      durability,
      looks,
      outcomes,
      clock,
      settings,
    );
    const preflight = new CheckPreflight(leases, clock);
    const submit = new SubmitMigration(
      store,
      upstream,
      durability,
      preflight,
      outcomes,
      reconciliation,
      clock,
      settings,
      this.shutdown,
    );
    const schedule = new ScheduleMigrations(store, leases, clock, journal);
    const track = new TrackImports(store, upstream, looks, clock, settings, outcomes, journal);
    this.durability = ownDurability;
    this.store = store;
    this.outbox = tapped(ownOutbox, tap);
    this.accepting = new AcceptMigrations(store, credentials, clock, ids, journal);
    this.sweeping = new SweepLostWakes(store, leases, queue, clock);
    this.looks = {
      schedule: (id) => schedule.decide(id),
      submit: (id) => submit.submit(id),
      track: (id) => track.look(id),
    };
  }

  /** The id of what was accepted, now or earlier with the same key. */
  async accept(request: MigrationRequest, key: string | null = null): Promise<string> {
    this.world.cloud.seed(request);
    await this.world.credentials.create(CREDENTIAL, null);
    const accepted = await this.accepting.accept({
      ...{ tenant: TENANT, requestId: 'req-1', violations: [], order: (all) => all },
      draft: request,
      idempotency: key === null ? null : { key, hash: 'hash' },
    });
    return accepted.migration.id;
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
    const { clock, queue, redis } = this.world;
    const until = clock.now() + forMs;
    let sweepAt = clock.now() + SWEEP_INTERVAL_MS;
    for (let turn = 0; turn < 100_000; turn += 1) {
      await this.relay();
      const [next] = queue.waiting;
      if (next !== undefined && next.atMs <= clock.now()) {
        queue.take(next);
        await this.look(next);
        continue;
      }
      const hasEnded = this.world.migrations.every(({ status }) => isEnded(status));
      if (hasEnded && next === undefined && redis.outbox.length === 0) return;
      const at = Math.min(next?.atMs ?? Infinity, sweepAt);
      if (at > until) return;
      clock.moveTo(at);
      if (at < sweepAt) continue;
      await this.sweep();
      sweepAt = at + SWEEP_INTERVAL_MS;
    }
    throw new Error('the process turns without end');
  }
}

const CREDENTIAL: Credential = {
  ...{ id: 'cred_1', tenant: TENANT, name: 'production', type: 'access_key', version: 1 },
  ...{ regionId: 'cn-hangzhou', maskedKeyId: 'LTAI****9xYz', sealed: 'v1.x', keyVersion: 'k1' },
  ...{ createdAt: START_MS, updatedAt: START_MS, lastUsedAt: null, lastVerifiedAt: null },
};
