/**
 * Counts what the whole service has in hand, for the figures, at a cost that does not grow with it.
 *
 * How many there are is counted; what those wait for is read of a few of each status, spread evenly
 * over all, and extrapolated: exact while there are no more than that, and else as good as a poll.
 */
import { Injectable } from '@nestjs/common';
import { estimateMs } from '../domain/estimate.js';
import { instancesOf, type Migration } from '../domain/migration.js';
import { WAIT_CAUSES, waitCause, type WaitCause } from '../domain/wait-causes.js';
import { waitReasons } from '../domain/wait-reasons.js';
import { HeldByBreaker } from './held-by-breaker.js';
import { LearnedDurations } from './learned-durations.js';
import { Clock, InstanceLeases, MigrationStore } from './ports.js';
import { BatchStore } from './ports-batches.js';
import { Tallies, type Stock, type Tally } from './ports-stock.js';

const WAITING = ['scheduled', 'queued', 'checking'] as const;

type Shares = Map<WaitCause, number>;

@Injectable()
export class TakeStock {
  constructor(
    private readonly tallies: Tallies,
    private readonly migrations: MigrationStore,
    private readonly leases: InstanceLeases,
    private readonly batches: BatchStore,
    private readonly durations: LearnedDurations,
    private readonly held: HeldByBreaker,
    private readonly clock: Clock,
  ) {}

  /** Throws when the store does not answer. */
  async take(): Promise<Stock> {
    const { samples, oldestImports, ...tally } = await this.tallies.count();
    const [imports, ...sampled] = await Promise.all([
      this.migrations.findAll(oldestImports),
      ...WAITING.map((status) => this.migrations.findAll(samples[status])),
    ]);
    const causes = await this.causesOf(sampled.flat());
    return {
      ...tally,
      oldestQueuedMs: ageOf(tally, this.clock.now()),
      waiting: extrapolated(tally, sampled, causes),
      overdue: imports.filter(isRunningLate).length,
    };
  }

  private async causesOf(waiting: readonly Migration[]): Promise<ReadonlyMap<string, WaitCause>> {
    const instances = new Set(waiting.flatMap((one) => instancesOf(one)));
    const [batches, models, holders, gone, paused] = await Promise.all([
      this.batches.findAll([...new Set(waiting.flatMap(({ batchId }) => batchId ?? []))]),
      this.durations.models(),
      this.leases.holders([...instances]),
      this.held.among(waiting),
      this.held.paused(waiting),
    ]);
    const nowMs = this.clock.now();
    return new Map(
      waiting.map((one) => {
        const reasons = waitReasons(one, batches.get(one.batchId ?? '') ?? null, {
          nowMs,
          durationMs: estimateMs(models[one.engine], one.dataBytes),
          gone: gone.get(one.id) ?? null,
          paused: paused.get(one.id) ?? null,
        });
        const isBlocked = instancesOf(one).some((instanceId) => holders.has(instanceId));
        return [one.id, waitCause(one, reasons, isBlocked)];
      }),
    );
  }
}

const isRunningLate = ({ status, isOverdue }: Migration): boolean =>
  isOverdue && (status === 'importing' || status === 'canceling');

const ageOf = ({ oldestQueuedAt }: Pick<Tally, 'oldestQueuedAt'>, nowMs: number): number =>
  oldestQueuedAt === null ? 0 : Math.max(0, nowMs - oldestQueuedAt);

/** Of each status its number, in the proportions of what was read of it; one that moved on meanwhile tells nothing. */
function extrapolated(
  { statuses }: Pick<Tally, 'statuses'>,
  sampled: readonly (readonly Migration[])[],
  causes: ReadonlyMap<string, WaitCause>,
): Readonly<Record<WaitCause, number>> {
  const sums: Shares = new Map(WAIT_CAUSES.map((cause) => [cause, 0]));
  WAITING.forEach((status, index) => {
    const read = (sampled[index] ?? []).filter((one) => one.status === status);
    for (const { id } of read) {
      const cause = causes.get(id) ?? 'turn';
      sums.set(cause, (sums.get(cause) ?? 0) + statuses[status] / read.length);
    }
  });
  const whole = [...sums].map(([cause, sum]) => [cause, Math.round(sum)] as const);
  return Object.fromEntries(whole) as Record<WaitCause, number>;
}
