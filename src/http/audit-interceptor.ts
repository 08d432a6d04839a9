// Around every route that may change something: on record before the handler runs, and how it ended before the answer.
import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { lastValueFrom, of, type Observable } from 'rxjs';
import type { Act } from '../domain/audit.js';
import { KeepAudit } from '../use-cases/keep-audit.js';
import { actOf, mayChange, withMade } from './acts.js';
import { problemOf } from './problem-of.js';
import { statusOf } from './statuses.js';

@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(private readonly audit: KeepAudit) {}

  /** Throws Problem unavailable when the act cannot be put on record: the handler does not run. */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const isChange = mayChange(request.method, context.getHandler());
    // Without a caller the route is public, and those only read.
    if (request.caller === null || !isChange) return next.handle();
    const act = actOf(request, request.caller);
    request.isOnRecord = true;
    await this.audit.begin(act);
    return of(await this.carriedOut(act, next, http.getResponse<FastifyReply>()));
  }

  private async carriedOut(act: Act, next: CallHandler, reply: FastifyReply): Promise<unknown> {
    try {
      const answer: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      await this.audit.end(withMade(act, reply), { status: reply.statusCode, code: null });
      return answer;
    } catch (error) {
      const { code } = problemOf(error);
      await this.audit.end(act, { status: statusOf(code), code });
      throw error;
    }
  }
}
