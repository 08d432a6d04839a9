// Listens, reads whole requests, hands control routes and RPC calls to their owners; close() leaves no socket behind.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WorldClock } from './clock.js';
import { ControlDesk } from './control.js';
import { deliver } from './delivery.js';
import { Doorkeeper } from './doorkeeper.js';
import { FaultBook } from './faults.js';
import { Gateway, type Simulation } from './gateway.js';
import { RequestJournal } from './journal.js';
import type { Incoming } from './rpc-request.js';
import { readDefaultWorld } from './default-world.js';
import { readWorldFile } from './world-file.js';
import { World } from './world.js';

/** Room for the world file of a large fleet. */
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;
/** Longer than any client keeps an idle connection, so that only faults break connections. */
const KEEP_ALIVE_MS = 120_000;

export interface SimulatorOptions {
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly host?: string;
  /** The content of a world file; the default world when absent. */
  readonly world?: unknown;
  /** Milliseconds since the epoch; real time when absent. */
  readonly now?: () => number;
}

export interface Simulator extends Simulation {
  readonly url: string;
  close(): Promise<void>;
}

/** Null when the body is over the limit. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes <= BODY_LIMIT_BYTES) parts.push(part);
  }
  return bytes > BODY_LIMIT_BYTES ? null : Buffer.concat(parts);
}

function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('not a TCP address'));
      else resolve(address);
    });
  });
}

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const file = readWorldFile(options.world ?? readDefaultWorld());
  const simulation: Simulation = {
    world: new World(file, new WorldClock(options.now)),
    doorkeeper: new Doorkeeper(),
    faults: new FaultBook(),
    journal: new RequestJournal(),
  };
  const gateway = new Gateway(simulation);
  const desk = new ControlDesk(simulation);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    if (body === null) {
      response.writeHead(413, { connection: 'close' }).end();
      return;
    }
    const { method = '', url: target = '/', headers } = request;
    const incoming: Incoming = { method, target, headers, body };
    const isControl = target.startsWith('/control/');
    deliver(response, isControl ? desk.handle(incoming) : gateway.handle(incoming));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A client that leaves in the middle of its request is its own affair; the rest is a mistake of ours.
      if (!request.destroyed || request.complete) console.error(error);
      response.destroy();
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const { address, family, port } = await listen(
    server,
    options.port ?? 0,
    options.host ?? '127.0.0.1',
  );
  return {
    ...simulation,
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
