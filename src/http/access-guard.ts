// The second look, after the body: no route runs without a rule, and none but public ones without a caller.
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { mayUse } from '../domain/access.js';
import { Problem } from '../domain/errors.js';
import { accessRuleOf } from './access.js';

/** What `admission.ts` has let in passes. It is here for the day when a route gets past that. */
@Injectable()
export class AccessGuard implements CanActivate {
  /** Throws Problem forbidden. */
  canActivate(context: ExecutionContext): boolean {
    const rule = accessRuleOf(context.getHandler());
    const { caller, routeOptions } = context.switchToHttp().getRequest<FastifyRequest>();
    // The operator may have opened what the handler would close, never the reverse.
    const isOpened = routeOptions.config.accessRule?.isPublic === true;
    const isOpen =
      rule !== undefined &&
      (rule.isPublic || isOpened || (caller !== null && mayUse(caller, rule.scope)));
    if (!isOpen) throw new Problem('forbidden', 'This route is closed.');
    return true;
  }
}
