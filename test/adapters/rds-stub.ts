// A local stand-in for upstream's HTTP side: answers as told and remembers what it was asked.
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { parseEndpoint, type Endpoint } from '../../src/adapters/rds-endpoints.js';

export interface Asked {
  readonly action: string;
  readonly url: string;
  /** Parameters of query and form body, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
}

export interface Stub {
  readonly address: string;
  readonly endpoint: Endpoint;
  readonly asked: readonly Asked[];
  /** Connections made so far. */
  connections(): number;
  close(): Promise<void>;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a string as it is. */
  readonly body: object | string;
}

export async function startStub(
  answer: (asked: Asked, response: ServerResponse) => Reply | null,
): Promise<Stub> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = await readRequest(request);
    asked.push(one);
    const reply = answer(one, response);
    if (reply === null) return;
    response.writeHead(reply.status ?? 200, reply.headers ?? {});
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  };
  const server = createServer((request, response) => {
    // A caller that leaves in the middle is part of the test, not a mistake of the stub.
    respond(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
  });
  const address = await listen(server);
  return {
    address,
    endpoint: parseEndpoint(address),
    asked,
    connections: () => connections,
    close: () => closeServer(server, sockets),
  };
}

/** For what no HTTP server would do: the raw connection, once its first bytes have come. */
export async function startRawStub(
  act: (socket: Socket) => void,
): Promise<Pick<Stub, 'endpoint' | 'address' | 'close'>> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => act(socket));
  });
  const address = await listen(server);
  return { address, endpoint: parseEndpoint(address), close: () => closeServer(server, sockets) };
}

type AnyServer = ReturnType<typeof createTcpServer>;

async function listen(server: AnyServer): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closeServer(server: AnyServer, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  sockets.forEach((socket) => socket.destroy());
  await closed;
}

async function readRequest(request: IncomingMessage): Promise<Asked> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
  const url = request.url ?? '';
  const query = new URL(url, 'http://stub').searchParams;
  return {
    action: String(request.headers['x-acs-action']),
    url,
    parameters: Object.fromEntries([...query, ...new URLSearchParams(body)]),
    headers: request.headers,
    body,
    atMs: Date.now(),
  };
}
