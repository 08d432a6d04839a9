/**
 * bull-board at /queues: for the operator, and to look at only.
 *
 * The jobs are those of all tenants, so an admin of any other tenant is refused. A browser cannot send
 * a bearer token with an address that its user types, so these paths, and no others, take the key as
 * the password of HTTP Basic as well. That a browser then sends it by itself is harmless here: nothing
 * below this path changes anything, and no other origin is given an answer to read or to frame.
 */
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isOperator } from '../domain/access.js';
import { Problem } from '../domain/errors.js';
import type { BoardRead, QueueBoard } from '../use-cases/ports-queues.js';
import type { AccessRule } from './access.js';
import { sendProblem } from './problem-filter.js';

const PATH = '/queues';

const RULE: AccessRule = {
  ...{ isPublic: false, scope: 'admin', ofAllInstances: true },
  ...{ ofOperator: true, takesBasic: true },
};

const config = { accessRule: RULE, operation: 'QueuePage.read' };

export function serveQueuePage(server: FastifyInstance, board: QueueBoard): void {
  server.register(
    (page, _options, done) => {
      page.register(fastifyStatic, { root: board.files, serve: false, cacheControl: false });
      page.addHook('preHandler', async (request, reply) => {
        if (request.caller === null || !isOperator(request.caller)) {
          sendProblem(request, reply, new Problem('forbidden', 'This route is closed.'));
        }
      });
      const html = htmlOf(board);
      const show = (_: unknown, reply: FastifyReply): FastifyReply =>
        reply.type('text/html; charset=utf-8').send(html);
      for (const view of board.views) page.get(view, { config }, show);
      for (const read of board.reads) page.get(read.path, { config }, answer(read));
      page.get<{ Params: { '*': string } }>('/static/*', { config }, (request, reply) =>
        reply.sendFile(request.params['*']),
      );
      done();
    },
    { prefix: PATH },
  );
}

function answer(read: BoardRead) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    try {
      const params = request.params as Readonly<Record<string, string>>;
      const query = request.query as Readonly<Record<string, unknown>>;
      const told = await read.answer({ params, query });
      if (told.status === 200) return await reply.send(told.body);
      throw told.status === 400
        ? new Problem('malformed_request', 'The page asks in a way that is not understood.')
        : new Problem('not_found', 'The queues have no such thing.');
    } catch (error) {
      sendProblem(request, reply, error);
      return reply;
    }
  };
}

/** Nothing is inline but data. Its scripts find their own way from the base, which must not end in the address. */
const htmlOf = ({ styles, scripts, settings }: QueueBoard): string => `<!doctype html>
<html lang="en" dir="ltr">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <base href="${PATH}/">
    <title>RDS import: queues</title>
    <link rel="icon" type="image/png" href="static/favicon-32x32.png">
    ${styles.map((name) => `<link rel="stylesheet" href="static/${name}">`).join('\n    ')}
  </head>
  <body class="preload">
    <script id="__UI_CONFIG__" type="application/json">${settings}</script>
    <div id="root"></div>
    ${scripts.map((name) => `<script defer src="static/${name}"></script>`).join('\n    ')}
  </body>
</html>
`;
