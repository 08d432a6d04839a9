/**
 * What is told to whoever collects traces: spans around work, and moments in the life of a migration.
 *
 * A span belongs under the one its work runs in, or under the `traceparent` that a record keeps, so
 * that work of days later in another process joins the trace of the request that asked for it. Where
 * there is neither, nothing is told. Nobody collects: nothing is made, and the work runs as it would.
 *
 * Attributes and failures are ids, codes and numbers, never a message, name or text of anybody's.
 */

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  readonly kind?: 'server' | 'consumer' | 'client' | 'internal';
  /** A traceparent to go on from, null for none; left out: the span that this runs in. */
  readonly parent?: string | null;
  /** Without a parent it is the first of a trace; else it is not told at all. */
  readonly beginsTrace?: boolean;
  /** Told, with all within it, only when there is news: a moment, or a failure. */
  readonly onlyWithNews?: boolean;
  readonly attributes?: Attributes;
}

export interface Span {
  /** Of this span; null when it is not told. */
  readonly traceparent: string | null;
  set(attributes: Attributes): void;
  /** `code` is one, or the name of a class. */
  fail(code: string): void;
  /** What runs in it, and all that is begun there, belongs under it. */
  within<T>(work: () => T): T;
  /** Nothing is told of it before; a second one changes nothing. */
  end(): void;
}

export interface Moment {
  /** Of the record that it happened to; null: it is not told. */
  readonly traceparent: string | null;
  readonly attributes: Attributes;
  readonly failure: string | null;
}

export abstract class Tracing {
  abstract readonly isOn: boolean;

  /** For work that has no one end: whoever begins it ends it. */
  abstract begin(name: string, options: SpanOptions): Span;
  /** A span of no length in the record's own trace, with a link to the span that this runs in. */
  abstract moment(name: string, moment: Moment): void;
  /** Sends what is left; gives up in time for the process to end. Never rejects. */
  abstract close(): Promise<void>;

  /** Throws what the work throws. */
  async span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
    const span = this.begin(name, options);
    try {
      return await span.within(() => work(span));
    } catch (error) {
      span.fail(failureOf(error));
      throw error;
    } finally {
      span.end();
    }
  }
}

/** A problem has a code; of anything else the class alone is safe to tell. */
function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

const NO_SPAN: Span = {
  traceparent: null,
  set: () => undefined,
  fail: () => undefined,
  within: (work) => work(),
  end: () => undefined,
};

/** Nobody collects. */
export class NoTracing extends Tracing {
  override readonly isOn = false;

  override begin(): Span {
    return NO_SPAN;
  }

  override moment(): void {}

  override async close(): Promise<void> {}

  override span<T>(
    _name: string,
    _options: SpanOptions,
    work: (span: Span) => Promise<T>,
  ): Promise<T> {
    return work(NO_SPAN);
  }
}
