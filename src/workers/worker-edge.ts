// The part of the process that works: the relay of the outbox in every role, workers and sweep where asked.
import type { ConnectionOptions } from 'bullmq';
import { DeliverWebhook } from '../use-cases/deliver-webhook.js';
import { DropAudit } from '../use-cases/drop-audit.js';
import { DropEnded } from '../use-cases/drop-ended.js';
import { FanOutEvents } from '../use-cases/fan-out-events.js';
import {
  Clock,
  InstanceLeases,
  Journal,
  MigrationStore,
  Outbox,
  Settings,
  SweepLease,
} from '../use-cases/ports.js';
import { Figures } from '../use-cases/ports-figures.js';
import { EventLog } from '../use-cases/ports-events.js';
import { WebhookDeliveries, WebhookStore } from '../use-cases/ports-webhooks.js';
import { Tracing } from '../use-cases/ports-tracing.js';
import { ParkPoisonRecords } from '../use-cases/park-poison-records.js';
import { ScheduleMigrations } from '../use-cases/schedule-migrations.js';
import { UpstreamPauses } from '../use-cases/ports-pauses.js';
import { Upstream } from '../use-cases/ports-upstream.js';
import { ProbeUpstream } from '../use-cases/probe-upstream.js';
import { SubmitMigration } from '../use-cases/submit-migration.js';
import { SweepLostWakes } from '../use-cases/sweep-lost-wakes.js';
import { TellProgress } from '../use-cases/tell-progress.js';
import { TrackImports } from '../use-cases/track-imports.js';
import { LookWorkers } from './look-workers.js';
import { OutboxRelay } from './outbox-relay.js';
import { Rounds, type Round } from './rounds.js';
import { tracedLook } from './traced-look.js';

/** The records are asked at least this often whether a wake-up was lost. */
const SWEEP_INTERVAL_MS = 15_000;
/** What may be told once a second is looked for twice. */
const TELL_INTERVAL_MS = 500;

/** How late an endpoint may be told of an event, and a retry be made. */
const FAN_OUT_INTERVAL_MS = 500;
/** How late an upstream that does not answer may be asked again. */
const PROBE_INTERVAL_MS = 1_000;
/** What is kept for days may be dropped an hour late. */
const PRUNE_INTERVAL_MS = 3_600_000;

/** What is kept for days may be dropped this late. */
const DROP_INTERVAL_MS = 600_000;

/** Where the edge finds its parts: the Nest application. */
export interface Parts {
  get<T>(type: abstract new (...args: never[]) => T): T;
}

export class WorkerEdge {
  private readonly relay: OutboxRelay;
  private readonly workers: LookWorkers | null;
  private readonly rounds: Rounds;
  private readonly sweep: SweepLostWakes;
  private readonly poison: ParkPoisonRecords;

  constructor(
    parts: Parts,
    queues: { readonly connection: ConnectionOptions; readonly prefix: string },
    hasWorkers: boolean,
  ) {
    const clock = parts.get(Clock);
    const journal = parts.get(Journal);
    this.poison = parts.get(ParkPoisonRecords);
    this.relay = new OutboxRelay(parts.get(Outbox), clock, journal, queues);
    this.sweep = new SweepLostWakes({
      migrations: parts.get(MigrationStore),
      leases: parts.get(InstanceLeases),
      lease: parts.get(SweepLease),
      wakes: this.relay,
      clock,
    });
    const rounds: Round[] = [
      { name: 'the sweep', everyMs: SWEEP_INTERVAL_MS, run: () => this.sweep.sweep() },
    ];
    if (hasWorkers) {
      const telling = parts.get(TellProgress);
      const run = (): Promise<void> => telling.tell();
      rounds.push({ name: 'telling progress', everyMs: TELL_INTERVAL_MS, run });
    }
    if (hasWorkers) rounds.push(...roundsOfWebhooks(parts, this.relay));
    if (hasWorkers) rounds.push(roundOfProbes(parts, this.relay));
    if (hasWorkers) {
      const dropping = parts.get(DropEnded);
      const run = (): Promise<void> => dropping.drop();
      rounds.push({ name: 'dropping what ended long ago', everyMs: DROP_INTERVAL_MS, run });
      const old = parts.get(DropAudit);
      const drop = (): Promise<void> => old.drop();
      rounds.push({ name: 'dropping old audit entries', everyMs: DROP_INTERVAL_MS, run: drop });
    }
    this.rounds = new Rounds(rounds, journal);
    this.workers = hasWorkers ? workersOf(parts, queues) : null;
  }

  start(): void {
    this.relay.start(
      (wake) => this.workers?.lookNow(wake) ?? null,
      (ids) => this.poison.suspectAll(ids),
    );
    if (this.workers === null) return;
    this.workers.start();
    this.rounds.start();
  }

  /** Takes no new look, waits for those under way, then passes on what they wrote. */
  async stop(): Promise<void> {
    await this.rounds.stop();
    if (this.workers !== null) await this.sweep.stop().catch(() => {});
    await this.workers?.stop();
    await this.relay.stop();
  }
}

function roundOfProbes(parts: Parts, wakes: OutboxRelay): Round {
  const probing = new ProbeUpstream(
    parts.get(UpstreamPauses),
    parts.get(Upstream),
    parts.get(MigrationStore),
    wakes,
    parts.get(Clock),
  );
  return { name: 'probing upstream', everyMs: PROBE_INTERVAL_MS, run: () => probing.run() };
}

function roundsOfWebhooks(parts: Parts, wakes: OutboxRelay): readonly Round[] {
  const fanOut = new FanOutEvents(
    parts.get(EventLog),
    parts.get(WebhookStore),
    parts.get(WebhookDeliveries),
    wakes,
    parts.get(Settings),
    parts.get(Clock),
    parts.get(Journal),
    parts.get(Figures),
  );
  return [
    { name: 'telling webhooks', everyMs: FAN_OUT_INTERVAL_MS, run: () => fanOut.run() },
    { name: 'pruning deliveries', everyMs: PRUNE_INTERVAL_MS, run: () => fanOut.prune() },
  ];
}

function workersOf(
  parts: Parts,
  queues: { readonly connection: ConnectionOptions; readonly prefix: string },
): LookWorkers {
  const schedule = parts.get(ScheduleMigrations);
  const submit = parts.get(SubmitMigration);
  const track = parts.get(TrackImports);
  const deliver = parts.get(DeliverWebhook);
  const traced = tracedLook(parts.get(Tracing), parts.get(MigrationStore));
  const poison = parts.get(ParkPoisonRecords);
  const looks = {
    schedule: poison.guard(traced('schedule', (id) => schedule.decide(id))),
    submit: poison.guard(traced('submit', (id) => submit.submit(id))),
    track: poison.guard(traced('track', (id) => track.look(id))),
    deliver: poison.guard((id) => deliver.look(id)),
  };
  return new LookWorkers(looks, parts.get(Clock), parts.get(Journal), queues);
}
