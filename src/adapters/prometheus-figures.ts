// Figures of this process for Prometheus: counters and histograms that only grow, and how it does.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { TRANSITIONS } from '../domain/transitions.js';
import {
  DELIVERY_OUTCOMES,
  Figures,
  type CountedMove,
  type CountedRequest,
  type DeliveryOutcome,
} from '../use-cases/ports-figures.js';

/** Decisions take milliseconds; seconds mean that something hangs. */
const DISPATCH_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Upstream's own answers take tenths; the timeout of a call is at most a minute. */
const CALL_BUCKETS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
/** Parts of the actual duration: within a tenth is good, beyond the whole of it is a guess. */
const ERROR_BUCKETS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5];

/** Sums that prom-client names as counters are: promtool takes them for mistakes. The same by type are kept. */
const MISNAMED = ['active_handles', 'active_requests', 'active_resources'];

/** Of those that HTTP itself defines; whatever else is sent is one series. */
const METHODS: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
]);

export interface Build {
  readonly version: string;
  readonly role: string;
}

export class PrometheusFigures extends Figures {
  readonly registry = new Registry();

  private readonly moves = this.counter('transitions', 'Transitions of migrations', ['from', 'to']);
  private readonly unknown = this.counter(
    'unknown_outcomes',
    'Submissions whose outcome could not be established',
  );
  private readonly dispatch = this.histogram(
    'dispatch_seconds',
    'From when a migration could start until its intent was on record',
    DISPATCH_BUCKETS,
  );
  private readonly errors = this.histogram(
    'estimate_error_ratio',
    'How far off the estimate of a succeeded import was, as a part of what it took',
    ERROR_BUCKETS,
  );
  private readonly calls = this.counter('upstream_calls', 'Calls upstream', ['action', 'code']);
  private readonly callTimes = this.histogram(
    'upstream_call_seconds',
    'What calls upstream took',
    CALL_BUCKETS,
    ['action'],
  );
  private readonly requests = this.counter('http_requests', 'Requests that were answered', [
    ...['method', 'route', 'status'],
  ]);
  private readonly requestTimes = this.histogram(
    'http_request_seconds',
    'What answers took',
    REQUEST_BUCKETS,
    ['method', 'route'],
  );
  private readonly readers = new Gauge({
    name: 'rds_import_event_readers',
    help: 'Streams of events that are open in this process',
    registers: [this.registry],
  });
  private readonly deliveries = this.counter(
    'webhook_deliveries',
    'Tries to deliver an event to a webhook',
    ['outcome'],
  );
  private readonly deliveryTimes = this.histogram(
    'webhook_delivery_seconds',
    'What tries to deliver an event took',
    CALL_BUCKETS,
  );
  private readonly disabled = this.counter('webhooks_disabled', 'Webhooks that were given up');

  constructor(build: Build) {
    super();
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(`nodejs_${name}_total`);
    const info = new Gauge({
      name: 'rds_import_build_info',
      help: 'Always 1; what runs here is in the labels',
      labelNames: ['version', 'role', 'node'],
      registers: [this.registry],
    });
    info.set({ ...build, node: process.version }, 1);
    this.beginAtNought();
  }

  /** What has not happened yet is 0 and not missing: "none in ten minutes" can be asked only of what is there. */
  private beginAtNought(): void {
    for (const { from, to } of Object.values(TRANSITIONS)) {
      for (const before of from) this.moves.inc({ from: before, to }, 0);
    }
    for (const to of ['queued', 'scheduled']) this.moves.inc({ from: 'none', to }, 0);
    for (const outcome of DELIVERY_OUTCOMES) this.deliveries.inc({ outcome }, 0);
  }

  override moved({ from, to }: CountedMove): void {
    this.moves.inc({ from: from ?? 'none', to });
    if (to === 'outcome_unknown') this.unknown.inc();
  }

  override dispatched(seconds: number): void {
    this.dispatch.observe(seconds);
  }

  override estimated(error: number): void {
    this.errors.observe(error);
  }

  override called(action: string, code: string, seconds: number): void {
    this.calls.inc({ action, code });
    this.callTimes.observe({ action }, seconds);
  }

  override requested({ method, route, status, seconds }: CountedRequest): void {
    const where = { method: METHODS.has(method) ? method : 'other', route: route ?? 'none' };
    this.requests.inc({ ...where, status: `${Math.floor(status / 100)}xx` });
    this.requestTimes.observe(where, seconds);
  }

  override reading(change: 1 | -1): void {
    this.readers.inc(change);
  }

  override delivered(outcome: DeliveryOutcome, seconds: number): void {
    this.deliveries.inc({ outcome });
    this.deliveryTimes.observe(seconds);
  }

  override webhookDisabled(): void {
    this.disabled.inc();
  }

  private counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    const registers = [this.registry];
    return new Counter({ name: `rds_import_${name}_total`, help, labelNames, registers });
  }

  private histogram(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly string[] = [],
  ): Histogram {
    const registers = [this.registry];
    return new Histogram({ name: `rds_import_${name}`, help, buckets, labelNames, registers });
  }
}
