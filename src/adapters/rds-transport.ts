// One POST over a connection of its own: no redirect, no second try, nothing left open behind it.
// Its outcome tells "not one byte of the request was written" from everything else: the connection is
// made first, TLS included, and only then handed to the HTTP client.
import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
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

/** Never rejects. The deadline counts from now and covers everything: names, connect, TLS, answer. */
export async function post(
  endpoint: Endpoint,
  request: Pick<SignedRequest, 'path' | 'headers' | 'body'>,
  timeoutMs: number,
): Promise<Delivery> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  const { signal } = deadline;
  const late = `no answer from ${endpoint.host} within ${timeoutMs} ms`;
  try {
    let socket: Socket;
    try {
      socket = await openConnection(endpoint, signal);
    } catch (error) {
      const cause = signal.aborted ? 'timeout' : connectCause(error, endpoint);
      const message = `could not connect to ${endpoint.host}: ${signal.aborted ? late : reasonOf(error)}`;
      return { kind: 'not_sent', cause, message };
    }
    try {
      return await exchange(socket, request, signal);
    } catch (error) {
      if (signal.aborted) return { kind: 'lost', cause: 'timeout', message: late };
      if (error instanceof Oversize)
        return { kind: 'lost', cause: 'oversize', message: error.message };
      const cause = codeOf(error).startsWith('HPE_') ? 'bad_http' : 'reset';
      const message = `the connection to ${endpoint.host} broke: ${reasonOf(error)}`;
      return { kind: 'lost', cause, message };
    } finally {
      socket.destroy();
    }
  } finally {
    clearTimeout(timer);
  }
}

async function openConnection(endpoint: Endpoint, signal: AbortSignal): Promise<Socket> {
  const { hostname: host, port, isTls } = endpoint;
  const socket = isTls
    ? connectTls({
        host,
        port,
        ALPNProtocols: ['http/1.1'],
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

/** From here on a byte may have been written: every failure is a lost answer. */
async function exchange(
  socket: Socket,
  request: Pick<SignedRequest, 'path' | 'headers' | 'body'>,
  signal: AbortSignal,
): Promise<Answered> {
  const { path, headers, body } = request;
  const createConnection = (): Socket => socket;
  const call = httpRequest({ method: 'POST', path, headers, createConnection, signal });
  call.on('error', () => {});
  call.end(body);
  const [response] = (await once(call, 'response', { signal })) as [IncomingMessage];
  const text = await readText(response);
  return { kind: 'answered', status: response.statusCode ?? 0, headers: response.headers, text };
}

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
