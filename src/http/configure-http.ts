// Makes an application speak this service's HTTP: called once, between its creation and its start.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { declareAccess } from './access.js';
import { admitCallers } from './admission.js';
import { noteRefusals } from './audit-refusals.js';
import { tagResources } from './etags.js';
import { acceptBodies } from './json-body.js';
import { writeJson } from './json-writer.js';
import { serveDocs } from './openapi.js';
import { REQUEST_ID_HEADER } from './request-ids.js';
import { guardBrowsers } from './security-headers.js';

export interface HttpOptions {
  readonly bodyLimitBytes: number;
  /**
   * Secret, at least 32 bytes, the same in every process and over restarts: with another one a
   * repeated request is taken for another body under the same Idempotency-Key.
   */
  readonly bodyHashKey: Buffer;
}

/** Throws when a route does not say who may call it. */
export function configureHttp(app: NestFastifyApplication, options: HttpOptions): void {
  declareAccess(app);
  const server: FastifyInstance = app.getHttpAdapter().getInstance();
  guardBrowsers(server);
  server.decorate('bodyHashKey', options.bodyHashKey);
  server.decorateRequest('caller', null);
  server.setReplySerializer(writeJson);
  acceptBodies(server, options.bodyLimitBytes);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers({ [REQUEST_ID_HEADER]: request.id, 'cache-control': 'no-store' });
    done();
  });
  tagResources(server);
  admitCallers(app, server);
  noteRefusals(app, server);
  serveDocs(app);
}
