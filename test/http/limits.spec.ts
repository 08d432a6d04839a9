// No request lasts for ever, none that is slow holds up another, and none can say where upstream is.
import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pathsUnder } from '../architecture/source-files.js';
import { migrationBody, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
let server: Server;
let port: number;
beforeAll(async () => {
  http = await startHttp();
  await http.app.listen(0, '127.0.0.1');
  server = http.app.getHttpServer();
  port = (server.address() as { readonly port: number }).port;
});
afterAll(async () => {
  await http.app.close();
});

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Opens a connection and acts on it; resolves with all that came back once the server hangs up. */
function untilHangUp(act: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => act(socket));
    sockets.push(socket);
    socket.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
    socket.on('close', () => resolve(text)).on('error', reject);
  });
}

/** The head of a request whose body is read: a stranger's is not. */
const ADMITTED = 'POST /v1/migrations HTTP/1.1\r\nhost: a\r\nauthorization: Bearer acme.admin\r\n';

/** A byte now and then, for as long as the server takes it. */
function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 50);
  socket.once('close', () => clearInterval(timer)).on('error', () => clearInterval(timer));
}

describe('a request that never ends', () => {
  it('has limits of its own, each sooner than the next', () => {
    const { headersTimeout, requestTimeout, timeout, keepAliveTimeout } = server;
    expect({ headersTimeout, requestTimeout, timeout, keepAliveTimeout }).toEqual({
      ...{ headersTimeout: 15_000, requestTimeout: 30_000 },
      ...{ timeout: 60_000, keepAliveTimeout: 72_000 },
    });
  });

  describe('is cut off once they are over:', () => {
    const usual = {} as Record<'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout', number>;
    beforeEach(() => {
      const { headersTimeout, requestTimeout, keepAliveTimeout } = server;
      Object.assign(usual, { headersTimeout, requestTimeout, keepAliveTimeout });
      Object.assign(server, { headersTimeout: 300, requestTimeout: 600, keepAliveTimeout: 300 });
    });
    afterEach(() => Object.assign(server, usual));

    it('when it sends nothing', async () => {
      expect(await untilHangUp(() => {})).toContain('did not arrive whole');
    });

    it('when its header fields trickle in', async () => {
      const answer = await untilHangUp((socket) => {
        socket.write('GET /health/live HTTP/1.1\r\nhost: a\r\n');
        drip(socket, 'x-a: b\r\n');
      });
      expect(answer).toContain('did not arrive whole');
    });

    it.each(['content-length: 100000', 'transfer-encoding: chunked'])(
      'when its body trickles in (%s)',
      async (length) => {
        const answer = await untilHangUp((socket) => {
          socket.write(`${ADMITTED}content-type: application/json\r\n${length}\r\n\r\n`);
          drip(socket, length.startsWith('t') ? '1\r\n \r\n' : ' ');
        });
        expect(answer).toContain('did not arrive whole');
      },
    );

    it('when there is no next one on the connection', async () => {
      const answer = await untilHangUp((socket) => {
        socket.write('GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n');
      });
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    });
  });
});

describe('slow clients', () => {
  /** One after the other. */
  async function ask(agent: Agent, times: number): Promise<void> {
    for (let count = 0; count < times; count += 1) {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const where = { port, host: '127.0.0.1', path: '/v1/migrations', agent };
        const asked = httpRequest(
          { ...where, headers: { authorization: 'Bearer acme.admin' } },
          (answer) => answer.resume().once('end', () => resolve(answer.statusCode)),
        );
        asked.once('error', reject).end();
      });
      expect(status).toBe(200);
    }
  }

  it('do not hold up others: while fifty trickle, a hundred requests are answered', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const held = Array.from({ length: 50 }, (_, index) =>
      untilHangUp((socket) => {
        const isBody = index % 2 === 0;
        socket.write(ADMITTED);
        if (isBody) socket.write('content-type: application/json\r\ncontent-length: 9999\r\n\r\n');
        drip(socket, isBody ? ' ' : 'x-a: b\r\n');
      }),
    );
    await ask(agent, 100);
    expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(50);
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(held);
    agent.destroy();
  });
});

describe('where upstream is', () => {
  const NAMES = ['endpoint', 'rdsEndpoint', 'stsEndpoint', 'host', 'url', 'proxy', 'protocol'];
  const REGIONS = [
    'evil.example#',
    'evil.example/',
    'a@evil.example',
    'cn-hangzhou.evil.example',
    '..',
  ];
  const credential = (more: object): string =>
    JSON.stringify({
      ...{ name: 'x', type: 'access_key', regionId: 'cn-hangzhou' },
      ...{ accessKeyId: 'LTAIcanaryKey0001', accessKeySecret: 'canary', ...more },
    });

  it.each(NAMES)('no request can say by a field %s', async (name) => {
    for (const [url, body] of [
      ['/v1/credentials', credential({ [name]: 'http://evil.example' })],
      ['/v1/migrations', migrationBody({ [name]: 'http://evil.example' })],
    ] as const) {
      const answer = await send(http, 'POST', url, { body });
      expect(answer.statusCode).toBe(422);
      expect(answer.json()).toMatchObject({
        errors: [{ code: 'unknown_property', pointer: `/${name}` }],
      });
    }
  });

  it.each(REGIONS)('no request can say by the region %s', async (regionId) => {
    for (const [url, body] of [
      ['/v1/credentials', credential({ regionId })],
      ['/v1/migrations', migrationBody({ regionId })],
    ] as const) {
      const answer = await send(http, 'POST', url, { body });
      expect([answer.statusCode, answer.json<{ errors: object[] }>().errors]).toEqual([
        422,
        [expect.objectContaining({ pointer: '/regionId' })],
      ]);
    }
  });

  it('is no word of the floors that read requests and keep records', () => {
    const floors = ['src/http', 'src/use-cases', 'src/workers'];
    const speaking = floors
      .flatMap((floor) => pathsUnder(floor, ['.ts']))
      .filter((file) => /(?:rds|sts)_?endpoint/i.test(readFileSync(file, 'utf8')));
    expect(speaking).toEqual([]);
    expect(readFileSync('src/config.ts', 'utf8')).toContain('RDS_ENDPOINT');
  });
});
