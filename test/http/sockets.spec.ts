// What only a real connection shows: requests that cannot be read, and requests that never end.
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { problemOf } from '../../src/http/problem-of.js';
import { HTTP_CONTROLLERS } from '../../src/http/http-parts.js';
import { BARE_HEADERS } from '../../src/http/security-headers.js';
import { send, startHttp, type HttpUnderTest } from './http-app.js';

const lines: string[] = [];
let http: HttpUnderTest;
let port: number;
beforeAll(async () => {
  const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  http = await startHttp(HTTP_CONTROLLERS, logger);
  await http.app.listen(0, '127.0.0.1');
  port = (http.app.getHttpServer().address() as { readonly port: number }).port;
});
afterAll(async () => {
  await http.app.close();
});
beforeEach(() => {
  lines.length = 0;
});

/** Everything that comes back until the server hangs up. */
async function answerTo(act: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => act(socket));
    socket.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
    socket.on('end', () => resolve(text)).on('error', reject);
  });
}

function expectMalformed(answer: string, detail: RegExp): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const [status, ...fields] = head.split('\r\n');
  expect(status).toBe('HTTP/1.1 400 Bad Request');
  const problem = JSON.parse(body) as Record<string, unknown>;
  expect(problem).toMatchObject({ code: 'malformed_request', status: 400 });
  expect(problem['detail']).toMatch(detail);
  expect(problem['requestId']).toMatch(/^req_[0-9a-f-]{36}$/);
  expect(fields).toEqual([
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    'cache-control: no-store',
    ...Object.entries(BARE_HEADERS).map(([name, value]) => `${name}: ${value}`),
    `x-request-id: ${String(problem['requestId'])}`,
  ]);
}

test('what is not HTTP is answered with a problem that has an id', async () => {
  const answer = await answerTo((socket) => socket.write('rubbish\r\n\r\n'));
  expectMalformed(answer, /not an HTTP\/1\.1 request/);
});

test('header fields that are too large are refused as what they are', async () => {
  const request = `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`;
  expectMalformed(await answerTo((socket) => socket.write(request)), /header fields are larger/);
});

test('a request that takes too long is refused as what it is', async () => {
  const server = http.app.getHttpServer();
  server.once('connection', (socket: Socket) => {
    const late = Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    server.emit('clientError', late, socket);
  });
  expectMalformed(await answerTo(() => {}), /did not arrive whole/);
});

test('a caller that hangs up while sending is not taken for storage that is away', async () => {
  const failure = new Promise<Error>((resolve) => {
    http.app.getHttpServer().once('request', (request: IncomingMessage) => {
      request.on('error', resolve);
      request.once('data', () => socket.destroy());
    });
  });
  const caller = 'host: a\r\nauthorization: Bearer acme.admin\r\n';
  const head = `POST /v1/migrations HTTP/1.1\r\n${caller}content-type: application/json\r\n`;
  const socket = connect(port, '127.0.0.1', () => {
    socket.write(`${head}content-length: 1000\r\n\r\n{"labels":`);
  });
  const error = await failure;
  expect(error).toMatchObject({ message: 'aborted', code: 'ECONNRESET' });
  expect(problemOf(error).code).toBe('malformed_request');
  // By the time another request is answered, whatever is to be logged of the first one is.
  await send(http, 'GET', '/health/live');
  expect(lines).toEqual([]);
});
