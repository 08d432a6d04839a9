/**
 * Lets a request in before its body is read: a stranger's ten megabytes are not even received.
 *
 * By the hook before parsing, so that the headers of every answer are set already, those of refusals
 * too. A route without a rule is none of ours and stops the start, but for the pages of the documentation.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isOperator, mayUse, type Caller } from '../domain/access.js';
import { Problem } from '../domain/errors.js';
import { Authenticate } from '../use-cases/authenticate.js';
import type { Allowance } from '../use-cases/ports-access.js';
import type { NeededScope } from './access.js';
import { presentedKey } from './presented-key.js';
import { sendProblem } from './problem-filter.js';
import { rateLimitKeyOf } from './source-address.js';

const DOCUMENTATION = /^\/(?:docs(?:\/.*)?|openapi\.json)$/;

export function admitCallers(app: NestFastifyApplication, server: FastifyInstance): void {
  const authenticate = app.get(Authenticate);
  server.addHook('onRoute', ({ url, config }) => {
    if (config?.accessRule !== undefined || DOCUMENTATION.test(url)) return;
    throw new Error(`Nobody has said who may call ${url}: @Public() or @NeedsScope()`);
  });
  server.addHook('preParsing', async (request, reply) => {
    const rule = request.routeOptions.config.accessRule;
    if (rule === undefined || rule.isPublic) return;
    try {
      request.caller = await admitted(authenticate, request, reply, rule);
      refuseBeyond(request.caller, rule);
    } catch (error) {
      sendProblem(request, reply, error);
    }
  });
}

/** Throws Problem: unauthenticated, rate_limited. Of every known caller the answer says what is left. */
async function admitted(
  authenticate: Authenticate,
  request: FastifyRequest,
  reply: FastifyReply,
  rule: NeededScope,
): Promise<Caller> {
  const key = presentedKey(request, rule);
  const admission = await authenticate.admit(key, rateLimitKeyOf(request.source));
  switch (admission.kind) {
    case 'unknown':
      throw new Problem(
        'unauthenticated',
        'Send a valid API key as "Authorization: Bearer <key>".',
      );
    case 'too_many_failures':
      throw new Problem(
        'rate_limited',
        'Too many requests without a valid API key came from this address.',
        { retryAfterSeconds: seconds(admission.retryAfterMs) },
      );
    case 'known': {
      const { caller, allowance } = admission;
      void reply.headers(limitHeaders(allowance));
      if (!allowance.isExceeded) return caller;
      throw new Problem('rate_limited', 'The API key has made all its requests of this minute.', {
        retryAfterSeconds: seconds(allowance.resetMs),
      });
    }
  }
}

/** Throws Problem forbidden. */
function refuseBeyond(caller: Caller, { scope, ofAllInstances, ofOperator }: NeededScope): void {
  if (!mayUse(caller, scope)) {
    throw new Problem('forbidden', `The API key lacks the scope ${scope}.`);
  }
  if (ofAllInstances && caller.instancePatterns !== null) {
    throw new Problem('forbidden', 'The API key is for some instances only, and this is for all.');
  }
  if (ofOperator === true && !isOperator(caller)) {
    throw new Problem('forbidden', 'This concerns all tenants: it is for admins of the operator.');
  }
}

/** draft-ietf-httpapi-ratelimit-headers: what is left, the seconds until it is whole again, the rule. */
const limitHeaders = ({ limit, windowMs, left, resetMs }: Allowance): Record<string, string> => ({
  ratelimit: `"default";r=${left};t=${seconds(resetMs)}`,
  'ratelimit-policy': `"default";q=${limit};w=${windowMs / 1_000}`,
});

/** Never 0, which would ask to come back at once. */
const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));
