// Every request that was answered is counted, and told in one line: by its route, never by what stands in its path or body.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Figures } from '../use-cases/ports-figures.js';

/** Asked every few seconds by machines, about nothing that happened. */
const BY_MACHINES = /^\/(?:health|metrics)(?:\/|$)/;

export function watchRequests(
  app: NestFastifyApplication,
  server: FastifyInstance,
  isLogged: boolean,
): void {
  const figures = app.get(Figures);
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? null;
    const { method } = request;
    const { statusCode: status, elapsedTime } = reply;
    figures.requested({ method, route, status, seconds: elapsedTime / 1_000 });
    if (isLogged) tell(request, reply, route);
    done();
  });
}

/** The logger of a request knows its id. */
function tell(request: FastifyRequest, reply: FastifyReply, route: string | null): void {
  const { method, caller, source } = request;
  const facts = {
    ...{ method, route, status: reply.statusCode },
    durationMs: Math.round(reply.elapsedTime * 10) / 10,
    keyId: caller?.keyId ?? null,
    source,
  };
  const isRoutine = route === null || BY_MACHINES.test(route);
  if (isRoutine) request.log.debug(facts, 'request');
  else request.log.info(facts, 'request');
}
