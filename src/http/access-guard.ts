// Lets a request in only when its route is public or its API key is valid and has the route's scope.
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { mayUse } from '../domain/access.js';
import { Problem } from '../domain/errors.js';
import { Authenticate } from '../use-cases/authenticate.js';
import { accessRuleOf } from './access.js';

/** A longer text is no key of ours and need not be compared. */
const BEARER = /^Bearer +([\x21-\x7e]{1,512})$/i;

@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly authenticate: Authenticate) {}

  /** Throws Problem: unauthenticated, forbidden. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = accessRuleOf(context.getHandler());
    if (rule === undefined) throw new Problem('forbidden', 'This route is closed.');
    if (rule.isPublic) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = BEARER.exec(request.headers.authorization ?? '')?.[1];
    const caller = key === undefined ? null : await this.authenticate.caller(key);
    if (caller === null) {
      throw new Problem(
        'unauthenticated',
        'Send a valid API key as "Authorization: Bearer <key>".',
      );
    }
    if (!mayUse(caller, rule.scope)) {
      throw new Problem('forbidden', `The API key lacks the scope ${rule.scope}.`);
    }
    request.caller = caller;
    return true;
  }
}
