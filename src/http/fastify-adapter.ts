// The HTTP server: one request id for everything, no request that lasts for ever, no error that is not a problem.
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './problem-filter.js';
import { REQUEST_ID_HEADER, requestIdOf } from './request-ids.js';
import { BARE_HEADERS } from './security-headers.js';

/** The largest body over a slow line; a sender that is slower is taken for one that never ends. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** How late both may be noticed. Node's own 30 s would make three times the limit of them. */
const CHECK_INTERVAL_MS = 1_000;
/** Idle connections go after this; longer than the 60 s of common load balancers, which must close first. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** No byte either way. Longer than any answer takes, and than the pause between two events of a stream. */
const CONNECTION_TIMEOUT_MS = 60_000;
/** What still runs this long after the stop began is cut off, inside of the ten seconds a stop may take. */
const CLOSE_GRACE_MS = 3_000;

/** Bodies are JSON, registered by `configureHttp`: Nest's own parsers would add form bodies. */
class JsonFastifyAdapter extends FastifyAdapter {
  override registerParserMiddleware(): void {}
}

export interface ServerOptions {
  /** False: logs nothing. */
  readonly logger: FastifyBaseLogger | false;
}

export function createFastifyAdapter({ logger }: ServerOptions): FastifyAdapter {
  const adapter = new JsonFastifyAdapter({
    ...(logger !== false && { loggerInstance: logger }),
    // Fastify's own two lines a request hold the path as it was sent; the one of watch-requests.ts does not.
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'requestId',
    }),
    requestIdHeader: false,
    genReqId: requestIdOf,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CHECK_INTERVAL_MS },
    forceCloseConnections: 'idle',
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(request, reply.headers(BARE_HEADERS), error),
    clientErrorHandler: refuseUnreadable,
  });
  closeInTime(adapter.getInstance<FastifyInstance>());
  return adapter;
}

/** What the parser of HTTP gives up on, by its code. */
const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'The header fields are larger than this server takes.',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive whole within the time this server waits.',
};

/** What is not even HTTP gets an answer too, if it still can: there is no request whose id it could carry, so it has its own. */
function refuseUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = requestIdOf({ headers: {} });
  const body = JSON.stringify({
    type: '/docs#malformed_request',
    title: 'The request is malformed',
    status: 400,
    detail:
      UNREADABLE[error.code ?? ''] ?? 'This is not an HTTP/1.1 request that the server can read.',
    code: 'malformed_request',
    requestId,
  });
  const head = [
    'HTTP/1.1 400 Bad Request',
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    'cache-control: no-store',
    ...Object.entries(BARE_HEADERS).map(([name, value]) => `${name}: ${value}`),
    `${REQUEST_ID_HEADER}: ${requestId}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Requests under way may end; one that does not must not keep the process from ending. */
function closeInTime(server: FastifyInstance): void {
  server.addHook('preClose', (done) => {
    setTimeout(() => server.server.closeAllConnections(), CLOSE_GRACE_MS).unref();
    done();
  });
}
