/**
 * Sends spans by OTLP over HTTP, in batches, beside the work: loaded only where an endpoint is set.
 *
 * A collector that is away costs spans, never work: what is not taken is dropped, and one line a
 * minute says so. Whether a trace is kept is decided by whoever began it; one that begins here is.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Tracing } from '../use-cases/ports-tracing.js';
import { OtlpTracing } from './otlp-tracing.js';

const SERVICE = 'rds-import';
const EXPORT_TIMEOUT_MS = 5_000;
/** A person who looks for a trace has it soon; at most so many spans wait for that. */
const SEND_EVERY_MS = 1_000;
const MOST_WAITING = 8_192;
/** Of the 9.5 s that a process has to end, the rest is for the work. */
const LAST_SEND_MS = 2_000;
const WARN_EVERY_MS = 60_000;
/** Longer than any id or code. */
const LONGEST_ATTRIBUTE = 256;

/** `endpoint` is the base of the collector's address; `warn` is told why spans were dropped. */
export function openTracing(endpoint: string, warn: (why: string) => void): Tracing {
  const inner = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new BasicTracerProvider({
    // Said here, so that no other variable of the environment turns it off.
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanLimits: { attributeValueLengthLimit: LONGEST_ATTRIBUTE, attributeCountLimit: 32 },
    resource: resourceFromAttributes({
      'service.name': SERVICE,
      'service.version': versionOf(),
      'service.instance.id': randomUUID(),
    }),
    spanProcessors: [
      new BatchSpanProcessor(complaining(inner, warn), {
        scheduledDelayMillis: SEND_EVERY_MS,
        maxQueueSize: MOST_WAITING,
        maxExportBatchSize: 512,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  const flush = async (): Promise<void> => {
    const timeUp = new AbortController();
    const given = wait(LAST_SEND_MS, undefined, { signal: timeUp.signal });
    // What fails here has been warned of by the exporter.
    await Promise.race([provider.shutdown(), given]).catch(() => undefined);
    timeUp.abort();
    await given.catch(() => undefined);
  };
  return new OtlpTracing(provider.getTracer(SERVICE), flush);
}

/** The same exporter; its failures are said, at most one a minute. */
function complaining(inner: SpanExporter, warn: (why: string) => void): SpanExporter {
  let quietUntil = 0;
  return {
    export: (spans, done) =>
      inner.export(spans, (result) => {
        if (result.error !== undefined && performance.now() >= quietUntil) {
          quietUntil = performance.now() + WARN_EVERY_MS;
          warn(reasonOf(result.error));
        }
        done(result);
      }),
    shutdown: () => inner.shutdown(),
  };
}

/** An error over several addresses has no text of its own, only a code. */
function reasonOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return error.message.trim() || code || error.name;
}

function versionOf(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
