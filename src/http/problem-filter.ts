// Answers every error of every path as application/problem+json, and logs what is ours to mend exactly once.
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '../domain/errors.js';
import { challengeOf } from './presented-key.js';
import { problemOf } from './problem-of.js';
import { ProblemView } from './problem-view.dto.js';
import { REQUEST_ID_HEADER } from './request-ids.js';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), error);
  }
}

/** Also for errors that no filter sees: those of the router. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  const problem = problemOf(error);
  logged(request, problem);
  if (reply.sent) return;
  const view = ProblemView.of(problem, request.id);
  const { retryAfterSeconds, conflictsWith } = problem.more;
  void reply.status(view.status).headers({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    [REQUEST_ID_HEADER]: request.id,
    ...(problem.code === 'unauthenticated' && {
      'www-authenticate': challengeOf(request.routeOptions.config.accessRule),
    }),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    ...(conflictsWith !== undefined && { link: `<${conflictsWith}>; rel="related"` }),
  });
  // As bytes: to a text the server would append a charset, which JSON's media types do not have.
  void reply.send(Buffer.from(JSON.stringify(view)));
}

function logged(request: FastifyRequest, problem: Problem): void {
  if (problem.code === 'internal_error') {
    request.log.error({ err: problem.more.cause }, 'request failed');
  } else if (problem.code === 'unavailable') {
    const { cause } = problem.more;
    request.log.warn(
      { cause: cause instanceof Error ? cause.message : undefined },
      problem.message,
    );
  }
}
