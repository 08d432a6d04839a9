// The transport says "not sent" only when no byte of the request was written, and never sends twice.
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { parseEndpoint, type Endpoint } from '../../src/adapters/rds-endpoints.js';
import { MAX_ANSWER_BYTES, post, read, type Delivery } from '../../src/adapters/rds-transport.js';
import { startRawStub, startStub, type Reply } from './rds-stub.js';

const REQUEST = {
  path: '/?A=1',
  headers: { host: 'rds.test', 'content-length': '4' },
  body: 'B=%2',
};

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const send = (endpoint: Endpoint, timeoutMs = 5_000): Promise<Delivery> =>
  post(endpoint, REQUEST, timeoutMs);

async function answering(reply: Reply | null) {
  const stub = await startStub(() => reply);
  cleanups.push(stub.close);
  return stub;
}

async function raw(act: Parameters<typeof startRawStub>[0]): Promise<Endpoint> {
  const stub = await startRawStub(act);
  cleanups.push(stub.close);
  return stub.endpoint;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('nothing was sent', () => {
  it('when the port refuses', async () => {
    const endpoint = parseEndpoint(`http://127.0.0.1:${await freePort()}`);
    expect(await send(endpoint)).toMatchObject({ kind: 'not_sent', cause: 'refused' });
  });

  it('when the name cannot be resolved', async () => {
    const delivery = await send(parseEndpoint('https://nosuch.invalid'));
    expect(delivery).toMatchObject({ kind: 'not_sent', cause: 'dns' });
    expect(delivery).toHaveProperty('message', expect.stringContaining('nosuch.invalid'));
  });

  it('when the other side does not speak TLS, and no byte of the request is among what it saw', async () => {
    const seen: Buffer[] = [];
    const plain = await raw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const recording = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes: Buffer) => {
        seen.push(bytes);
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      });
    }).listen(0, '127.0.0.1');
    await once(recording, 'listening');
    const { port } = recording.address() as AddressInfo;
    for (const each of [plain.port, port]) {
      const delivery = await send(parseEndpoint(`https://127.0.0.1:${each}`));
      expect(delivery).toMatchObject({ kind: 'not_sent', cause: 'tls' });
    }
    recording.close();
    expect(seen.length).toBeGreaterThan(0);
    expect(Buffer.concat(seen).toString('latin1')).not.toContain('A=1');
  });

  it('when the deadline passes before the handshake is done', async () => {
    const silent = await raw(() => {});
    const delivery = await send(parseEndpoint(`https://127.0.0.1:${silent.port}`), 100);
    expect(delivery).toMatchObject({ kind: 'not_sent', cause: 'timeout' });
  });
});

describe('the answer was lost', () => {
  it('when the connection is reset before a byte of it', async () => {
    const endpoint = await raw((socket) => socket.resetAndDestroy());
    expect(await send(endpoint)).toMatchObject({ kind: 'lost', cause: 'reset' });
  });

  it('when the connection is closed without an answer', async () => {
    const endpoint = await raw((socket) => socket.end());
    expect(await send(endpoint)).toMatchObject({ kind: 'lost', cause: 'reset' });
  });

  it('when it ends in the middle, by length and by chunks', async () => {
    const halves = [
      'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"ImportId":',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nc\r\n{"ImportId":\r\n',
    ];
    for (const half of halves) {
      const endpoint = await raw((socket) => socket.end(half));
      expect(await send(endpoint)).toMatchObject({ kind: 'lost', cause: 'reset' });
    }
  });

  it('when the deadline passes with no answer', async () => {
    const stub = await answering(null);
    expect(await send(stub.endpoint, 150)).toMatchObject({ kind: 'lost', cause: 'timeout' });
    expect(stub.asked).toHaveLength(1);
  });

  it('when it trickles in: the deadline is of the whole call, not of a pause', async () => {
    const endpoint = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
      const drip = setInterval(() => socket.write(' '), 10);
      socket.once('close', () => clearInterval(drip));
    });
    expect(await send(endpoint, 200)).toMatchObject({ kind: 'lost', cause: 'timeout' });
  });

  it('when it is larger than the limit, and one of just the limit is whole', async () => {
    const over = await answering({ body: 'x'.repeat(MAX_ANSWER_BYTES + 1) });
    expect(await send(over.endpoint)).toMatchObject({ kind: 'lost', cause: 'oversize' });
    const just = await answering({ body: 'x'.repeat(MAX_ANSWER_BYTES) });
    const delivery = await send(just.endpoint);
    expect(delivery.kind === 'answered' && delivery.text.length).toBe(MAX_ANSWER_BYTES);
  });

  it('when it is not HTTP, or upstream switches protocols', async () => {
    const noise = await raw((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    expect(await send(noise)).toMatchObject({ kind: 'lost', cause: 'bad_http' });
    const other = await raw((socket) => {
      socket.write('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
    });
    expect(await send(other, 500)).toMatchObject({ kind: 'lost' });
  });
});

describe('an answer', () => {
  it('comes with status, headers and text, multi-byte characters whole', async () => {
    const headers = { 'x-acs-retry-after': '7' };
    const stub = await answering({ status: 503, headers, body: '迁移' });
    const delivery = await send(stub.endpoint);
    expect(delivery).toMatchObject({ kind: 'answered', status: 503, text: '迁移', headers });
    const [asked] = stub.asked;
    expect(asked).toMatchObject({ url: '/?A=1', body: 'B=%2' });
    expect(asked?.headers).not.toHaveProperty('accept-encoding');
  });

  it('that redirects is given back, not followed', async () => {
    const aim = await answering({ body: {} });
    const stub = await answering({ status: 307, headers: { location: aim.address }, body: '' });
    expect(await send(stub.endpoint)).toMatchObject({ kind: 'answered', status: 307 });
    expect(aim.connections()).toBe(0);
  });

  it('has a connection of its own every time, closed behind it, even if upstream would keep it', async () => {
    const stub = await answering({ headers: { connection: 'keep-alive' }, body: '{}' });
    for (let calls = 1; calls <= 3; calls += 1) {
      expect(await send(stub.endpoint)).toMatchObject({ kind: 'answered', text: '{}' });
      expect(stub.connections()).toBe(calls);
    }
    expect(stub.asked.map(({ headers }) => headers.connection)).toEqual(Array(3).fill('close'));
  });
});

it('sends the request once, whatever becomes of the answer', async () => {
  let requests = 0;
  const endpoint = await raw((socket) => {
    requests += 1;
    socket.destroy();
  });
  await send(endpoint);
  // A second connection, if one had been made, would have been accepted before this one.
  const later = connect(endpoint.port, endpoint.hostname);
  await once(later, 'connect');
  later.destroy();
  expect(requests).toBe(1);
});

describe('a read', () => {
  const readFrom = (endpoint: Endpoint, timeoutMs = 5_000): Promise<Delivery> =>
    read(endpoint, REQUEST, timeoutMs);

  it('goes over a kept connection, one after the other and at once', async () => {
    const stub = await answering({ body: '{}' });
    for (let calls = 1; calls <= 3; calls += 1) {
      expect(await readFrom(stub.endpoint)).toMatchObject({ kind: 'answered', text: '{}' });
      expect(stub.connections()).toBe(1);
    }
    await Promise.all(Array.from({ length: 4 }, () => readFrom(stub.endpoint)));
    expect(stub.connections()).toBe(4);
    expect(stub.asked.map(({ body }) => body)).toEqual(Array(7).fill(REQUEST.body));
  });

  it('leaves nothing of the kept connection to a submission', async () => {
    const stub = await answering({ body: '{}' });
    await readFrom(stub.endpoint);
    await send(stub.endpoint);
    expect(stub.connections()).toBe(2);
  });

  it('over a kept connection that upstream has closed goes out once more, over a new one', async () => {
    const connections: number[] = [];
    const endpoint = await raw((socket) => {
      const own = connections.push(0) - 1;
      const answer = (): void => {
        connections[own] = (connections[own] ?? 0) + 1;
        if (own === 0 && connections[own] === 2) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
      };
      answer();
      socket.on('data', answer);
    });
    for (let calls = 1; calls <= 2; calls += 1) {
      expect(await readFrom(endpoint)).toMatchObject({ kind: 'answered', text: '{}' });
    }
    expect(connections).toEqual([2, 1]);
  });

  it('over a new connection that breaks is lost, and not tried again', async () => {
    let connections = 0;
    const endpoint = await raw((socket) => {
      connections += 1;
      socket.resetAndDestroy();
    });
    expect(await readFrom(endpoint)).toMatchObject({ kind: 'lost', cause: 'reset' });
    expect(connections).toBe(1);
  });

  it('says when nothing was sent, and keeps the deadline', async () => {
    const closed = parseEndpoint(`http://127.0.0.1:${await freePort()}`);
    expect(await readFrom(closed)).toMatchObject({ kind: 'not_sent', cause: 'refused' });
    const silent = await raw(() => {});
    const overTls = parseEndpoint(`https://127.0.0.1:${silent.port}`);
    expect(await readFrom(overTls, 100)).toMatchObject({ kind: 'not_sent', cause: 'timeout' });
    const mute = await answering(null);
    expect(await readFrom(mute.endpoint, 100)).toMatchObject({ kind: 'lost', cause: 'timeout' });
  });

  it('that is answered with too much does not keep the connection', async () => {
    const over = await answering({ body: 'x'.repeat(MAX_ANSWER_BYTES + 1) });
    expect(await readFrom(over.endpoint)).toMatchObject({ kind: 'lost', cause: 'oversize' });
    expect(await readFrom(over.endpoint)).toMatchObject({ kind: 'lost', cause: 'oversize' });
    expect(over.connections()).toBe(2);
  });
});
