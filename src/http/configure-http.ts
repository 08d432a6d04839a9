// Makes an application speak this service's HTTP: called once, between its creation and its start.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { QueueBoard } from '../use-cases/ports-queues.js';
import { declareAccess } from './access.js';
import { admitCallers } from './admission.js';
import { noteRefusals } from './audit-refusals.js';
import { tagResources } from './etags.js';
import { acceptBodies } from './json-body.js';
import { writeJson } from './json-writer.js';
import { serveLivePage } from './live-page.js';
import { serveDocs } from './openapi.js';
import { REQUEST_ID_HEADER } from './request-ids.js';
import { serveQueuePage } from './queue-page.js';
import { guardBrowsers } from './security-headers.js';
import { tellSources } from './source-address.js';
import { traceRequests } from './trace-requests.js';
import { watchRequests } from './watch-requests.js';

export interface ProbeOptions {
  readonly bodyLimitBytes: number;
  /** Networks of proxies whose X-Forwarded-For is believed, as `address/length`; none unless told. */
  readonly trustedProxies?: readonly string[];
  /** GET /metrics needs no API key; false unless told. */
  readonly isMetricsPublic?: boolean;
  /** Each answer is a line in the log; false unless told. */
  readonly isLogged?: boolean;
}

export interface HttpOptions extends ProbeOptions {
  /**
   * Secret, at least 32 bytes, the same in every process and over restarts: with another one a
   * repeated request is taken for another body under the same Idempotency-Key.
   */
  readonly bodyHashKey: Buffer;
  readonly queueBoard: QueueBoard;
}

/** Throws when a route does not say who may call it. */
export function configureHttp(app: NestFastifyApplication, options: HttpOptions): void {
  const server = configureProbes(app, options);
  server.decorate('bodyHashKey', options.bodyHashKey);
  traceRequests(app, server);
  tagResources(server);
  serveDocs(app);
  serveLivePage(server);
  serveQueuePage(server, options.queueBoard);
}

/** What any process needs that listens: of a worker it is all, as its routes are probes. Throws as above. */
export function configureProbes(
  app: NestFastifyApplication,
  { bodyLimitBytes, trustedProxies = [], isMetricsPublic = false, isLogged = false }: ProbeOptions,
): FastifyInstance {
  declareAccess(app, isMetricsPublic);
  const server: FastifyInstance = app.getHttpAdapter().getInstance();
  guardBrowsers(server);
  tellSources(server, trustedProxies);
  server.decorateRequest('caller', null);
  server.setReplySerializer(writeJson);
  acceptBodies(server, bodyLimitBytes);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers({ [REQUEST_ID_HEADER]: request.id, 'cache-control': 'no-store' });
    done();
  });
  watchRequests(app, server, isLogged);
  admitCallers(app, server);
  noteRefusals(app, server);
  return server;
}
