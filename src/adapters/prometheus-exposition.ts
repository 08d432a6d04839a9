/**
 * The text that Prometheus reads: figures of this process, then those of the service where they are known.
 *
 * The second kind is the same whichever process is asked, so it is made anew from each stock: while
 * Redis is away those series are missing, and never a number of some time ago or a nought.
 */
import { Gauge, Registry } from 'prom-client';
import { URGENCIES } from '../use-cases/ports-upstream.js';
import { Exposition, type Shown } from '../use-cases/ports-figures.js';
import type { PaceTally, Stock } from '../use-cases/ports-stock.js';

type Rows = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

export class PrometheusExposition extends Exposition {
  constructor(
    private readonly own: Registry,
    /** Calls a second of one account and region at the full rate. */
    private readonly callsPerSecond: number,
  ) {
    super();
  }

  override async show(stock: Stock | null): Promise<Shown> {
    const whole = new Registry();
    const { add } = new Sheet(whole);
    add('redis_up', 'Redis answered this scrape: 1, or 0', [[{}, stock === null ? 0 : 1]]);
    if (stock !== null) {
      addMigrations(add, stock);
      addQueues(add, stock);
      addPaces(add, stock.paces, this.callsPerSecond);
    }
    const texts = await Promise.all([this.own.metrics(), whole.metrics()]);
    // The format's word for it; prom-client writes another, which stricter readers than Prometheus refuse.
    const text = texts.map((part) => `${part.trimEnd()}\n`.replaceAll(/ Nan$/gm, ' NaN')).join('');
    return { text, type: whole.contentType };
  }
}

class Sheet {
  constructor(private readonly registry: Registry) {}

  add = (name: string, help: string, rows: Rows): void => {
    const labelNames = Object.keys(rows[0]?.[0] ?? {});
    const registers = [this.registry];
    const gauge = new Gauge({ name: `rds_import_${name}`, help, labelNames, registers });
    for (const [labels, value] of rows) gauge.set(labels, value);
  };
}

type Add = Sheet['add'];

const by = (label: string, counts: Readonly<Record<string, number>>): Rows =>
  Object.entries(counts).map(([word, count]) => [{ [label]: word }, count]);

const one = (value: number): Rows => [[{}, value]];

function addMigrations(add: Add, stock: Stock): void {
  add('redis_latency_seconds', 'What one answer of Redis took', one(stock.latencyMs / 1_000));
  add('migrations', 'Migrations by status', by('status', stock.statuses));
  add(
    'waiting',
    'Migrations that were not submitted yet by what they wait for; extrapolated beyond 100 of a status',
    by('cause', stock.waiting),
  );
  add(
    'queued_oldest_seconds',
    'Age of the migration that has waited longest in queued',
    one(stock.oldestQueuedMs / 1_000),
  );
  add('instances_reserved', 'Instances that migrations hold', one(stock.reservedInstances));
  add('overdue_imports', 'Running imports past MAX_IMPORT_HOURS', one(stock.overdue));
  add(
    'upstream_pauses_open',
    'Accounts and regions whose upstream does not answer',
    one(stock.pausesOpen),
  );
  add(
    'parked_migrations',
    'Migrations that wait for an operator to resume them',
    one(stock.parked),
  );
  add('breakers_open', 'Accounts and regions that may not submit', one(stock.breakersOpen));
}

function addQueues(add: Add, { queues, outbox, lateMs }: Stock): void {
  const all = Object.entries(queues);
  const jobs = all.flatMap(([queue, { waiting, active, delayed }]) =>
    Object.entries({ waiting, active, delayed }).map(
      ([state, count]) => [{ queue, state }, count] as const,
    ),
  );
  add('queue_jobs', 'Jobs by queue and state', jobs);
  add(
    'queue_oldest_seconds',
    'How long the oldest job that could run has waited for a worker',
    all.map(([queue, { oldestMs }]) => [{ queue }, oldestMs / 1_000]),
  );
  add('outbox_wakeups', 'Wake-ups that were not passed on to the queues yet', one(outbox));
  add('look_lateness_seconds', 'How late the latest due look is', one(lateMs / 1_000));
}

/** Of all accounts together: an account is nobody's label. */
function addPaces(add: Add, paces: readonly PaceTally[], callsPerSecond: number): void {
  const rates = paces.map(({ rate }) => rate * callsPerSecond);
  add('quota_accounts', 'Accounts and regions called within the last hour', one(paces.length));
  if (rates.length > 0) {
    const sum = rates.reduce((total, rate) => total + rate, 0);
    add(
      'quota_rate_calls_per_second',
      'Calls a second that upstream is given now, over accounts and regions',
      by('stat', { min: Math.min(...rates), max: Math.max(...rates), sum }),
    );
  }
  const throttled = paces.filter(({ rate }) => rate < 1).length;
  add('quota_throttled_accounts', 'Accounts and regions slowed by throttling', one(throttled));
  const aheadMs = Math.max(0, ...paces.map((pace) => pace.aheadMs));
  add(
    'quota_ahead_seconds',
    'How far ahead the calls are given out, at most',
    one(aheadMs / 1_000),
  );
  add(
    'quota_waiting',
    'Who waits for calls, by what they are for',
    URGENCIES.map((urgency) => {
      const sum = paces.reduce((total, { waiting }) => total + waiting[urgency], 0);
      return [{ urgency }, sum];
    }),
  );
}
