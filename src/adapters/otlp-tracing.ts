// Spans of OpenTelemetry, made by hand where something is worth telling: nothing is patched, nothing is found out by itself.
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Link,
  type Span as ApiSpan,
  type Tracer,
} from '@opentelemetry/api';
import { parseTraceparent, writeTraceparent } from '../domain/traceparent.js';
import {
  Tracing,
  type Attributes,
  type Moment,
  type Span,
  type SpanOptions,
} from '../use-cases/ports-tracing.js';

/** An end that is told later happened when it did. */
type End = () => void;

/** Spans that are told once there is news, and else forgotten: a look that finds nothing leaves nothing. */
class HeldBack {
  private ends: End[] | null = [];

  /** All that was held, and all that still comes, is told. */
  release(): void {
    const ends = this.ends ?? [];
    this.ends = null;
    for (const end of ends) end();
  }

  take(end: End): void {
    if (this.ends === null) end();
    else this.ends.push(end);
  }
}

/** What is under way here; `span` null: nothing that is told. */
interface Here {
  readonly span: ApiSpan | null;
  readonly held: HeldBack | null;
}

const NOWHERE: Here = { span: null, held: null };

const KINDS = {
  server: SpanKind.SERVER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
} as const;

export class OtlpTracing extends Tracing {
  override readonly isOn = true;
  private readonly here = new AsyncLocalStorage<Here>();

  constructor(
    private readonly tracer: Tracer,
    private readonly flush: () => Promise<void>,
  ) {
    super();
  }

  override begin(name: string, options: SpanOptions): Span {
    const around = options.parent === undefined ? this.around : NOWHERE;
    const parent = around.span === null ? remote(options.parent) : under(around.span);
    if (parent === null && options.beginsTrace !== true) {
      return new OpenSpan(this.here, NOWHERE, null);
    }
    const { kind = 'internal', attributes = {} } = options;
    const settings = { kind: KINDS[kind], attributes };
    const span = this.tracer.startSpan(name, settings, parent ?? ROOT_CONTEXT);
    const held = options.onlyWithNews === true ? new HeldBack() : around.held;
    return new OpenSpan(this.here, { span, held }, span);
  }

  override moment(name: string, { traceparent, attributes, failure }: Moment): void {
    const { span: around, held } = this.around;
    held?.release();
    const own = remote(traceparent);
    if (own === null) return;
    const isOwnTrace =
      around?.spanContext().traceId === trace.getSpanContext(own)?.traceId && around !== null;
    const links: Link[] = around === null || isOwnTrace ? [] : [{ context: around.spanContext() }];
    const parent = isOwnTrace ? under(around) : own;
    const span = this.tracer.startSpan(name, { attributes, links }, parent);
    if (failure !== null) markFailed(span, failure);
    span.end();
  }

  override async close(): Promise<void> {
    await this.flush();
  }

  private get around(): Here {
    return this.here.getStore() ?? NOWHERE;
  }
}

class OpenSpan implements Span {
  private hasEnded = false;

  constructor(
    private readonly storage: AsyncLocalStorage<Here>,
    private readonly here: Here,
    private readonly span: ApiSpan | null,
  ) {}

  get traceparent(): string | null {
    if (this.span === null) return null;
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    return writeTraceparent({
      ...{ traceId, spanId, isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0 },
    });
  }

  set(attributes: Attributes): void {
    this.span?.setAttributes(attributes);
  }

  fail(code: string): void {
    if (this.span === null) return;
    markFailed(this.span, code);
    this.here.held?.release();
  }

  within<T>(work: () => T): T {
    return this.storage.run(this.here, work);
  }

  end(): void {
    const { span, hasEnded } = this;
    if (span === null || hasEnded) return;
    this.hasEnded = true;
    const at = performance.now();
    const { held } = this.here;
    if (held === null) span.end(at);
    else held.take(() => span.end(at));
  }
}

/** No message: what upstream or a driver says may quote what nobody should read here. */
function markFailed(span: ApiSpan, code: string): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

const under = (span: ApiSpan): Context => trace.setSpan(ROOT_CONTEXT, span);

function remote(traceparent: string | null | undefined): Context | null {
  const place = parseTraceparent(traceparent);
  if (place === null) return null;
  const { traceId, spanId, isSampled } = place;
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
