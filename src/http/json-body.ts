// Turns the bytes of a request into JSON that still knows its order and its repeated keys, or says where it is broken.
import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../domain/errors.js';
import { readJson, readJsonInSteps, type JsonNode, type JsonReading } from '../domain/json-text.js';
import type { Slices } from './slices.js';

export interface JsonBody {
  readonly node: JsonNode;
  /** As it was sent: what the idempotency hash is made of. */
  readonly text: string;
}

/** Deeper than any body of the contract needs, and shallow enough for every walk over the tree. */
const MAX_DEPTH = 64;

/** For routes whose config says `takesCsv`. */
export const CSV = 'text/csv';

/**
 * The bytes are only kept here and read by the controllers after the guard has let the caller in:
 * a stranger's ten megabytes are never parsed.
 */
export function acceptBodies(server: FastifyInstance, bodyLimitBytes: number): void {
  const options = { parseAs: 'buffer', bodyLimit: bodyLimitBytes } as const;
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', options, (request, body, done) =>
    done(refusalOf(request), body),
  );
  server.addContentTypeParser(CSV, options, (request, body, done) =>
    done(csvRefusalOf(request) ?? refusalOf(request), body),
  );
}

export const isCsv = (request: FastifyRequest): boolean =>
  /^text\/csv\s*(?:;|$)/i.test(request.headers['content-type'] ?? '');

function csvRefusalOf({ routeOptions }: FastifyRequest): Problem | null {
  return 'takesCsv' in routeOptions.config && routeOptions.config.takesCsv === true
    ? null
    : new Problem('unsupported_media_type', 'Send the body as "Content-Type: application/json".');
}

function refusalOf(request: FastifyRequest): Problem | null {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(
    request.headers['content-type'] ?? '',
  )?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    return new Problem('unsupported_media_type', 'Bodies are read as UTF-8 only.');
  }
  const encoding = request.headers['content-encoding'] ?? 'identity';
  return encoding.toLowerCase() === 'identity'
    ? null
    : new Problem('unsupported_media_type', 'The body must not be compressed.');
}

/** Throws Problem malformed_json. */
export function jsonBodyOf(request: FastifyRequest): JsonBody {
  const text = textOf(request);
  return bodyOf(text, readJson(text, { maxDepth: MAX_DEPTH }));
}

/** As `jsonBodyOf`, for bodies of many items. Throws Problem malformed_json. */
export async function jsonBodyInSlices(request: FastifyRequest, slices: Slices): Promise<JsonBody> {
  const text = textOf(request);
  return bodyOf(text, await slices.finish(readJsonInSteps(text, { maxDepth: MAX_DEPTH })));
}

function textOf({ body }: FastifyRequest): string {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw new Problem('malformed_json', 'A JSON body is needed, but the request has none.');
  }
  if (!isUtf8(body)) throw new Problem('malformed_json', 'The body is not valid UTF-8.');
  return body.toString('utf8');
}

function bodyOf(text: string, reading: JsonReading): JsonBody {
  if (!reading.ok) throw new Problem('malformed_json', `${reading.fault.message}.`);
  return { node: reading.node, text };
}
