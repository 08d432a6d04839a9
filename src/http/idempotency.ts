// Makes what tells one POST from its repetition: the caller's key and a keyed hash of route and body.
import { createHmac } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../domain/errors.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Keyed, because a stored plain hash of a body with a secret in it would let its reader test guesses. */
    readonly bodyHashKey: Buffer;
  }
}

export interface Idempotency {
  readonly key: string;
  readonly hash: string;
}

/** Visible ASCII, so that the key can stand in any log line and any storage key. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** Null without the header. Bodies are the same when their bytes are. Throws Problem malformed_request. */
export function idempotencyOf(request: FastifyRequest, text: string): Idempotency | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new Problem(
      'malformed_request',
      'The Idempotency-Key header must be 1 to 255 visible ASCII characters.',
    );
  }
  const route = `${request.method} ${request.routeOptions.url ?? ''}`;
  const hash = createHmac('sha256', request.server.bodyHashKey).update(`${route}\n${text}`);
  return { key, hash: hash.digest('base64url') };
}
