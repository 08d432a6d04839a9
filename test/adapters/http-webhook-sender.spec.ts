// One signed POST to an allowed address: never redirected, never to an address nobody looked at, never for long.
import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AddressGuard, type Resolve } from '../../src/adapters/http-address-guard.js';
import { HttpWebhookSender } from '../../src/adapters/http-webhook-sender.js';
import type { SendOutcome } from '../../src/domain/webhook-delivery.js';
import { Secret } from '../../src/use-cases/ports-credentials.js';
import { isSignedBy, startReceiver, type Receiver } from './webhook-receiver.js';

const AT_MS = Date.UTC(2026, 10, 24, 12, 0, 0, 987);
const ONE = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const TWO = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;
const BODY = '{"id":"evt_1","note":"ä {\\u0000}"}';

const nobody: Resolve = async () => [];

interface Setting {
  readonly allowed?: readonly string[];
  readonly resolve?: Resolve;
  readonly timeoutMs?: number;
}

function send(url: string, setting: Setting = {}, ...secrets: string[]): Promise<SendOutcome> {
  const { allowed = ['127.0.0.0/8'], resolve = nobody, timeoutMs = 2_000 } = setting;
  const sender = new HttpWebhookSender(new AddressGuard(allowed, resolve), timeoutMs);
  const signing = (secrets.length === 0 ? [ONE] : secrets).map((text) => new Secret(text));
  return sender.send({ url, eventId: 'evt_1', body: BODY, atMs: AT_MS, secrets: signing });
}

async function receiver(): Promise<Receiver> {
  const started = await startReceiver();
  onTestFinished(() => started.close());
  return started;
}

test('a request carries the headers of Standard Webhooks, and its signature is right', async () => {
  const { url, received } = await receiver();
  expect(await send(url)).toEqual({ kind: 'taken', status: 204 });
  const [request] = received;
  if (request === undefined) throw new Error('nothing came');
  expect(request).toMatchObject({ method: 'POST', path: '/hook', body: BODY });
  expect(request.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'rds-import-webhooks/1',
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(AT_MS / 1_000)),
  });
  expect(request.headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
  expect(isSignedBy(ONE, request)).toBe(true);
  expect(isSignedBy(TWO, request)).toBe(false);
  expect(isSignedBy(ONE, { ...request, body: `${request.body} ` })).toBe(false);
});

test('two secrets sign side by side in one header', async () => {
  const { url, received } = await receiver();
  await send(url, {}, TWO, ONE);
  const [request] = received;
  if (request === undefined) throw new Error('nothing came');
  expect(request.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
  expect([isSignedBy(ONE, request), isSignedBy(TWO, request)]).toEqual([true, true]);
});

test.each([
  [200, {}, { kind: 'taken', status: 200 }],
  [299, {}, { kind: 'taken', status: 299 }],
  [400, {}, { kind: 'refused', status: 400 }],
  [404, {}, { kind: 'refused', status: 404 }],
  [410, {}, { kind: 'gone', status: 410 }],
  [500, { 'retry-after': '9' }, { kind: 'refused', status: 500 }],
  [429, { 'retry-after': '120' }, { kind: 'busy', status: 429, retryAfterMs: 120_000 }],
  [503, {}, { kind: 'busy', status: 503, retryAfterMs: null }],
  [503, { 'retry-after': 'soon' }, { kind: 'busy', status: 503, retryAfterMs: null }],
  [503, { 'retry-after': '-1' }, { kind: 'busy', status: 503, retryAfterMs: null }],
] as const)('an answer of %i with %j is %j', async (status, headers, outcome) => {
  const endpoint = await receiver();
  endpoint.answer = (response) => response.writeHead(status, headers).end('thanks');
  expect(await send(endpoint.url)).toEqual(outcome);
});

describe('a redirect', () => {
  test.each([
    ...[301, 302, 303, 307, 308].map((status) => [status, '/elsewhere'] as const),
    [302, 'http://169.254.169.254/latest/meta-data/'],
    [307, 'http://100.100.100.200/latest/meta-data/'],
  ] as const)('%i to %s is a refusal and followed by nobody', async (status, location) => {
    const endpoint = await receiver();
    endpoint.answer = (response) => response.writeHead(status, { location }).end();
    expect(await send(endpoint.url)).toEqual({ kind: 'refused', status });
    expect(endpoint.received).toHaveLength(1);
  });
});

describe('a name', () => {
  test('is connected to at the very addresses that were looked at', async () => {
    const { port, received } = await receiver();
    const asked: string[] = [];
    const resolve: Resolve = async (name) => {
      asked.push(name);
      return ['127.0.0.1'];
    };
    const url = `http://hooks.test:${port}/hook`;
    expect(await send(url, { resolve })).toEqual({ kind: 'taken', status: 204 });
    expect(asked).toEqual(['hooks.test']);
    expect(received[0]?.headers.host).toBe(`hooks.test:${port}`);
  });

  test('that was public when it was registered and is loopback now is refused', async () => {
    const { port, received } = await receiver();
    const answers = [['93.184.215.14'], ['127.0.0.1']];
    const resolve: Resolve = async () => answers.shift() ?? [];
    const sender = new HttpWebhookSender(new AddressGuard([], resolve), 2_000);
    const url = `http://rebound.test:${port}/hook`;
    expect(await sender.refusal(url)).toBeNull();
    const request = { url, eventId: 'evt_1', body: BODY, atMs: AT_MS };
    const outcome = await sender.send({ ...request, secrets: [new Secret(ONE)] });
    expect(outcome).toEqual({ kind: 'unsent', error: 'address_refused' });
    expect(received).toEqual([]);
  });

  test('that changes between the look and the connection is asked once, so nothing changes', async () => {
    const { port, received } = await receiver();
    // The first answer is allowed and listens to nobody; the second would reach the receiver.
    const answers = [['127.0.0.2'], ['127.0.0.1'], ['127.0.0.1']];
    const resolve: Resolve = async () => answers.shift() ?? [];
    const setting = { resolve, allowed: ['127.0.0.2/32'] };
    const outcome = await send(`http://rebound.test:${port}/hook`, setting);
    expect(outcome).toEqual({ kind: 'unsent', error: 'connection_refused' });
    expect(answers).toHaveLength(2);
    expect(received).toEqual([]);
  });

  test('whose name server is silent costs no more than the timeout', async () => {
    const resolve: Resolve = () => new Promise(() => {});
    const since = performance.now();
    const outcome = await send('http://silent.test/hook', { resolve, timeoutMs: 200 });
    expect(outcome).toEqual({ kind: 'unsent', error: 'timeout' });
    expect(performance.now() - since).toBeLessThan(1_500);
  });
});

describe('an endpoint that', () => {
  test('never answers costs no more than the timeout', async () => {
    const endpoint = await receiver();
    endpoint.answer = () => {};
    const outcome = await send(endpoint.url, { timeoutMs: 200 });
    expect(outcome).toEqual({ kind: 'unsent', error: 'timeout' });
  });

  test('talks without end has its status taken, and is cut off', async () => {
    const endpoint = await receiver();
    let isClosed = false;
    endpoint.answer = (response) => {
      response.writeHead(200);
      const talk = setInterval(() => response.write('x'.repeat(4_096)), 1);
      response.once('close', () => {
        clearInterval(talk);
        isClosed = true;
      });
    };
    expect(await send(endpoint.url)).toEqual({ kind: 'taken', status: 200 });
    await expect.poll(() => isClosed).toBe(true);
  });

  test('hangs up without an answer, or speaks no HTTP, is told apart', async () => {
    const endpoint = await receiver();
    endpoint.answer = (response) => response.destroy();
    expect(await send(endpoint.url)).toEqual({ kind: 'unsent', error: 'connection_lost' });
    const odd = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n'));
    odd.listen(0, '127.0.0.1');
    await once(odd, 'listening');
    onTestFinished(() => void odd.close());
    const { port } = odd.address() as AddressInfo;
    const outcome = await send(`http://127.0.0.1:${port}/`);
    expect(outcome).toEqual({ kind: 'unsent', error: 'not_http' });
  });

  test('is not there is told so', async () => {
    const endpoint = await startReceiver();
    await endpoint.close();
    const outcome = await send(endpoint.url);
    expect(outcome).toEqual({ kind: 'unsent', error: 'connection_refused' });
  });
});
