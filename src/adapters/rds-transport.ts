// Two ways to POST, neither of which follows a redirect. `post` takes a connection of its own and never
// tries again; its outcome tells "not one byte of the request was written" from everything else: the
// connection is made first, TLS included, and only then handed to the HTTP client. `read` is for what
// may be asked twice: over kept connections, as seven handshakes before each submission took as long
// as all the rest of it.
import { once } from 'node:events';
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Endpoint } from './rds-endpoints.js';
import type { SignedRequest } from './rds-signature.js';

/** Upstream's answers are a few kilobytes; a page of 100 rows stays far below. */
export const MAX_ANSWER_BYTES = 1_048_576;

export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export type Delivery =
  | {
      readonly kind: 'not_sent';
      readonly cause: 'timeout' | 'dns' | 'refused' | 'tls' | 'unreachable';
      readonly message: string;
    }
  | Answered
  /** A byte may have been written, and no whole answer came back. */
  | {
      readonly kind: 'lost';
      readonly cause: 'timeout' | 'reset' | 'oversize' | 'bad_http';
      readonly message: string;
    };

type Request = Pick<SignedRequest, 'path' | 'headers' | 'body'>;

/** Never rejects. The deadline counts from now and covers everything: names, connect, TLS, answer. */
export async function post(
  endpoint: Endpoint,
  request: Request,
  timeoutMs: number,
): Promise<Delivery> {
  return within(timeoutMs, async (signal) => {
    const failure = new Failure(endpoint, timeoutMs, signal);
    let socket: Socket;
    try {
      socket = await openConnection(endpoint, signal);
    } catch (error) {
      return failure.toConnect(error);
    }
    try {
      const createConnection = (): Socket => socket;
      return await exchange(httpRequest, { ...request, createConnection, signal }, () => {});
    } catch (error) {
      return failure.ofAnswer(error);
    } finally {
      socket.destroy();
    }
  });
}

/** Said here, so that no environment variable turns it off. */
const VERIFIED = { rejectUnauthorized: true } as const;

/** Kept while they are idle, without keeping the process: the other side closes them when it likes. */
const KEPT = { keepAlive: true, maxFreeSockets: 32, scheduling: 'lifo' } as const;
const AGENTS = { http: new HttpAgent(KEPT), https: new HttpsAgent({ ...KEPT, ...VERIFIED }) };

/**
 * As `post`, over a kept connection where there is one. One that turns out to be closed says nothing
 * about upstream: the request goes out once more, over a connection of its own.
 */
export async function read(
  endpoint: Endpoint,
  request: Request,
  timeoutMs: number,
): Promise<Delivery> {
  const startedAt = performance.now();
  const use = { isConnected: false, isKept: false };
  const delivery = await within(timeoutMs, async (signal) => {
    const failure = new Failure(endpoint, timeoutMs, signal);
    const { hostname: host, port, isTls } = endpoint;
    const [ask, agent] = isTls ? [httpsRequest, AGENTS.https] : [httpRequest, AGENTS.http];
    try {
      return await exchange(ask, { ...request, host, port, agent, signal }, (socket, isKept) => {
        use.isKept = isKept;
        use.isConnected = isKept;
        if (!isKept) {
          socket.once(isTls ? 'secureConnect' : 'connect', () => (use.isConnected = true));
        }
      });
    } catch (error) {
      return use.isConnected ? failure.ofAnswer(error) : failure.toConnect(error);
    }
  });
  const isStale = use.isKept && delivery.kind === 'lost' && delivery.cause === 'reset';
  const leftMs = timeoutMs - (performance.now() - startedAt);
  return isStale && leftMs > 0 ? post(endpoint, request, leftMs) : delivery;
}

async function within<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Says what went wrong, before and after a byte may have been written. */
class Failure {
  constructor(
    private readonly endpoint: Endpoint,
    private readonly timeoutMs: number,
    private readonly signal: AbortSignal,
  ) {}

  toConnect(error: unknown): Delivery {
    const isLate = this.signal.aborted;
    const cause = isLate ? 'timeout' : connectCause(error, this.endpoint);
    const why = isLate ? this.late : reasonOf(error);
    return {
      kind: 'not_sent',
      cause,
      message: `could not connect to ${this.endpoint.host}: ${why}`,
    };
  }

  ofAnswer(error: unknown): Delivery {
    if (this.signal.aborted) return { kind: 'lost', cause: 'timeout', message: this.late };
    if (error instanceof Oversize) {
      return { kind: 'lost', cause: 'oversize', message: error.message };
    }
    const cause = codeOf(error).startsWith('HPE_') ? 'bad_http' : 'reset';
    const message = `the connection to ${this.endpoint.host} broke: ${reasonOf(error)}`;
    return { kind: 'lost', cause, message };
  }

  private get late(): string {
    return `no answer from ${this.endpoint.host} within ${Math.round(this.timeoutMs)} ms`;
  }
}

async function openConnection(endpoint: Endpoint, signal: AbortSignal): Promise<Socket> {
  const { hostname: host, port, isTls } = endpoint;
  const socket = isTls
    ? connectTls({
        host,
        port,
        ALPNProtocols: ['http/1.1'],
        ...VERIFIED,
        ...(isIP(host) ? {} : { servername: host }),
      })
    : connectTcp({ host, port });
  // Errors reach us through what is awaited; a late one must not bring the process down.
  socket.on('error', () => {});
  try {
    await once(socket, isTls ? 'secureConnect' : 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** `onSocket` is told of the connection, and whether it was used before. */
async function exchange(
  ask: typeof httpRequest,
  { body, ...options }: RequestOptions & Request,
  onSocket: (socket: Socket, isKept: boolean) => void,
): Promise<Answered> {
  const call = ask({ ...options, method: 'POST' });
  call.on('error', () => {});
  call.once('socket', (socket) => onSocket(socket, call.reusedSocket));
  call.end(body);
  const [response] = (await once(call, 'response', signalOf(options))) as [IncomingMessage];
  const text = await readText(response);
  return { kind: 'answered', status: response.statusCode ?? 0, headers: response.headers, text };
}

const signalOf = ({ signal }: RequestOptions): { signal?: AbortSignal } =>
  signal === undefined ? {} : { signal };

class Oversize extends Error {}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES)
      throw new Oversize(`the answer exceeds ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function connectCause(
  error: unknown,
  endpoint: Endpoint,
): 'dns' | 'refused' | 'tls' | 'unreachable' {
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return 'dns';
  if (code === 'ECONNREFUSED') return 'refused';
  const isNetwork = ['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ETIMEDOUT'].includes(code);
  return endpoint.isTls && !isNetwork ? 'tls' : 'unreachable';
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** An error over several addresses has no text of its own, only a code. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message.trim() : '';
  return text || codeOf(error) || 'unknown reason';
}
