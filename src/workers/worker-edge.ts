// The part of the process that works: the relay of the outbox in every role, workers and sweep where asked.
import type { ConnectionOptions } from 'bullmq';
import { Clock, InstanceLeases, Journal, MigrationStore, Outbox } from '../use-cases/ports.js';
import { ScheduleMigrations } from '../use-cases/schedule-migrations.js';
import { SubmitMigration } from '../use-cases/submit-migration.js';
import { SweepLostWakes } from '../use-cases/sweep-lost-wakes.js';
import { TrackImports } from '../use-cases/track-imports.js';
import { LookWorkers } from './look-workers.js';
import { OutboxRelay } from './outbox-relay.js';
import { Rounds } from './rounds.js';

/** The records are asked at least this often whether a wake-up was lost. */
const SWEEP_INTERVAL_MS = 15_000;

/** Where the edge finds its parts: the Nest application. */
export interface Parts {
  get<T>(type: abstract new (...args: never[]) => T): T;
}

export class WorkerEdge {
  private readonly relay: OutboxRelay;
  private readonly workers: LookWorkers | null;
  private readonly rounds: Rounds;

  constructor(
    parts: Parts,
    queues: { readonly connection: ConnectionOptions; readonly prefix: string },
    hasWorkers: boolean,
  ) {
    const clock = parts.get(Clock);
    const journal = parts.get(Journal);
    this.relay = new OutboxRelay(parts.get(Outbox), clock, journal, queues);
    const sweep = new SweepLostWakes(
      parts.get(MigrationStore),
      parts.get(InstanceLeases),
      this.relay,
      clock,
    );
    this.rounds = new Rounds(
      [{ name: 'the sweep', everyMs: SWEEP_INTERVAL_MS, run: () => sweep.sweep() }],
      journal,
    );
    this.workers = hasWorkers ? workersOf(parts, queues) : null;
  }

  start(): void {
    this.relay.start((wake) => this.workers?.lookNow(wake) ?? null);
    if (this.workers === null) return;
    this.workers.start();
    this.rounds.start();
  }

  /** Takes no new look, waits for those under way, then passes on what they wrote. */
  async stop(): Promise<void> {
    await this.rounds.stop();
    await this.workers?.stop();
    await this.relay.stop();
  }
}

function workersOf(
  parts: Parts,
  queues: { readonly connection: ConnectionOptions; readonly prefix: string },
): LookWorkers {
  const schedule = parts.get(ScheduleMigrations);
  const submit = parts.get(SubmitMigration);
  const track = parts.get(TrackImports);
  const looks = {
    schedule: (id: string) => schedule.decide(id),
    submit: (id: string) => submit.submit(id),
    track: (id: string) => track.look(id),
  };
  return new LookWorkers(looks, parts.get(Clock), parts.get(Journal), queues);
}
