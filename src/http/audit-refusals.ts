// Puts on record who was refused for want of a scope, before the answer: reads too, for those are tries to see more.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { KeepAudit } from '../use-cases/keep-audit.js';
import { actOf } from './acts.js';
import { statusOf } from './statuses.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Its act is in the audit log already, or is being put there. */
    isOnRecord: boolean;
  }
}

export function noteRefusals(app: NestFastifyApplication, server: FastifyInstance): void {
  const audit = app.get(KeepAudit);
  const code = 'forbidden';
  server.decorateRequest('isOnRecord', false);
  server.addHook('onSend', async (request, reply) => {
    const { caller, isOnRecord } = request;
    if (caller === null || isOnRecord || reply.statusCode !== statusOf(code)) return;
    await audit.end(actOf(request, caller), { status: statusOf(code), code });
  });
}
