// Single resources carry an ETag of their bytes; who has them already is answered 304 without a body.
import { hash } from 'node:crypto';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** For routes that answer with one resource. */
export const Tagged = (): MethodDecorator => RouteConfig({ isTagged: true });

const isTagged = (request: FastifyRequest): boolean =>
  'isTagged' in request.routeOptions.config && request.routeOptions.config.isTagged === true;

export function tagResources(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    if (!isTagged(request) || typeof payload !== 'string' || reply.statusCode >= 300) {
      return done(null, payload);
    }
    const tag = `"${hash('sha256', payload, 'base64url')}"`;
    void reply.header('etag', tag);
    if (!isKnown(request, tag)) return done(null, payload);
    void reply.code(304).removeHeader('content-type');
    done(null, null);
  });
}

/** RFC 9110: `If-None-Match` is compared weakly, and concerns reads only. */
function isKnown(request: FastifyRequest, tag: string): boolean {
  const known = request.headers['if-none-match'];
  if (known === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
  return known
    .split(',')
    .some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === tag);
}
