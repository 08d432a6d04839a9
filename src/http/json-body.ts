// Turns the bytes of a request into JSON that still knows its order and its repeated keys, or says where it is broken.
import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../domain/errors.js';
import { readJson, type JsonNode } from '../domain/json-text.js';

export interface JsonBody {
  readonly node: JsonNode;
  /** As it was sent: what the idempotency hash is made of. */
  readonly text: string;
}

/** Deeper than any body of the contract needs, and shallow enough for every walk over the tree. */
const MAX_DEPTH = 64;

/**
 * The bytes are only kept here and read by `jsonBodyOf` after the guard has let the caller in:
 * a stranger's ten megabytes are never parsed.
 */
export function acceptJsonOnly(server: FastifyInstance, bodyLimitBytes: number): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: bodyLimitBytes },
    (request, body, done) => done(refusalOf(request), body),
  );
}

function refusalOf(request: FastifyRequest): Problem | null {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(
    request.headers['content-type'] ?? '',
  )?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    return new Problem('unsupported_media_type', 'JSON is read as UTF-8 only.');
  }
  const encoding = request.headers['content-encoding'] ?? 'identity';
  return encoding.toLowerCase() === 'identity'
    ? null
    : new Problem('unsupported_media_type', 'The body must not be compressed.');
}

/** Throws Problem malformed_json. */
export function jsonBodyOf(request: FastifyRequest): JsonBody {
  const bytes = request.body;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) {
    throw new Problem('malformed_json', 'A JSON body is needed, but the request has none.');
  }
  if (!isUtf8(bytes)) throw new Problem('malformed_json', 'The body is not valid UTF-8.');
  const text = bytes.toString('utf8');
  const reading = readJson(text, { maxDepth: MAX_DEPTH });
  if (!reading.ok) throw new Problem('malformed_json', `${reading.fault.message}.`);
  return { node: reading.node, text };
}
