// The body of a batch in either of its media types, read in slices into the one form that the use cases take.
import type { FastifyRequest } from 'fastify';
import { invalidRequest, VIOLATIONS, type Violation } from '../domain/errors.js';
import { pointerTo } from '../domain/json-pointer.js';
import { csvBatchOf, inCsvTerms } from './batch-csv.js';
import { readBatch, type BatchReading } from './batch-draft.js';
import { isCsv, jsonBodyInSlices } from './json-body.js';
import { Slices } from './slices.js';

export interface BatchBody extends BatchReading {
  /** What the idempotency hash is made of. */
  readonly text: string;
}

export type Query = Readonly<Record<string, unknown>>;

/**
 * `query` is that part of the request's that speaks of the batch. Throws Problem: malformed_json,
 * malformed_request, validation_failed (for the query and the header row).
 */
export async function batchBodyOf(
  request: FastifyRequest,
  query: Query = request.query as Query,
): Promise<BatchBody> {
  const slices = new Slices();
  if (isCsv(request)) {
    const csv = await csvBatchOf(request, query, slices);
    const reading = await readBatch(csv.node, slices);
    const violations = [...csv.violations, ...reading.violations];
    return {
      ...reading,
      violations,
      order: inCsvTerms(reading.order, csv.violations),
      text: csv.text,
    };
  }
  refuseQuery(query);
  const { node, text } = await jsonBodyInSlices(request, slices);
  return { ...(await readBatch(node, slices)), text };
}

/** What the query string says in CSV stands in the body of JSON. */
function refuseQuery(query: Query): void {
  const code = 'unknown_property';
  const violations = Object.keys(query).map((name): Violation => ({
    pointer: pointerTo(name),
    ...{ code, message: VIOLATIONS[code] },
  }));
  if (violations.length > 0) throw invalidRequest(violations);
}
