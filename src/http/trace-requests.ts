// A span for every request, under the caller's own where it says so (traceparent); its id is in the request's log lines.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseTraceparent } from '../domain/traceparent.js';
import { Tracing, type Span } from '../use-cases/ports-tracing.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null where nobody collects traces, and for probes. */
    span: Span | null;
  }
}

/** Asked every few seconds by machines, about nothing that happened. */
const UNTRACED = /^\/(?:health|metrics)(?:\/|$)/;

export function traceRequests(app: NestFastifyApplication, server: FastifyInstance): void {
  const tracing = app.get(Tracing);
  if (!tracing.isOn) return;
  server.decorateRequest('span', null);
  server.addHook('onRequest', (request, reply, done) => {
    const { url: route } = request.routeOptions;
    if (route === undefined || !UNTRACED.test(route)) begin(tracing, request, reply);
    done();
  });
  // Reading a body goes by way of the socket, which knows nothing of this request: so here, after it.
  server.addHook('preHandler', (request, _reply, done) => {
    if (request.span === null) done();
    else request.span.within(done);
  });
}

function begin(tracing: Tracing, request: FastifyRequest, reply: FastifyReply): void {
  const { method, id, headers } = request;
  const { url: route } = request.routeOptions;
  const { traceparent } = headers;
  const span = tracing.begin(route === undefined ? method : `${method} ${route}`, {
    kind: 'server',
    parent: typeof traceparent === 'string' ? traceparent : null,
    beginsTrace: true,
    attributes: {
      'http.request.method': method,
      'request.id': id,
      ...(route !== undefined && { 'http.route': route }),
    },
  });
  request.span = span;
  const traceId = parseTraceparent(span.traceparent)?.traceId;
  if (traceId !== undefined) request.log = request.log.child({ traceId });
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) span.fail('aborted');
    else span.set({ 'http.response.status_code': reply.statusCode });
    if (reply.statusCode >= 500) span.fail(String(reply.statusCode));
    span.end();
  });
}
