// An import leaves at most once for every signature, and its outcome is never taken for more than it says.
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SubmissionCommand, SubmissionOutcome } from '../../src/use-cases/ports-upstream.js';
import { startRawStub, startStub, type Reply, type Stub } from './rds-stub.js';
import { gatewayWorld, KEY_ID, KEY_SECRET, type GatewayWorld } from './rds-world.js';

let world: GatewayWorld;
const cleanups: (() => Promise<void>)[] = [];
beforeAll(async () => {
  world = await gatewayWorld();
});
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});
afterAll(() => world.close());

const command = (more: Partial<SubmissionCommand> = {}): SubmissionCommand => ({
  migrationId: 'mig_1',
  attempt: 2,
  sourceInstanceId: 'rm-source',
  targetInstanceId: 'rm-target',
  engine: 'MySQL',
  databases: [{ source: 'mydb', target: 'mydb' }],
  atMs: Date.now(),
  ...more,
});

async function answering(reply: Reply | null): Promise<Stub> {
  const stub = await startStub(() => reply);
  cleanups.push(stub.close);
  return stub;
}

async function outcomeOf(reply: Reply | null, timeoutMs = 5_000): Promise<SubmissionOutcome> {
  const session = await world.session((await answering(reply)).address, 1, timeoutMs);
  return session.send(session.sign(command()));
}

describe('signing', () => {
  it('gives the same nonce and hash for the same command, and others for another attempt', async () => {
    const session = await world.session('http://127.0.0.1:1', 0);
    const atMs = Date.UTC(2026, 10, 24, 5, 6, 7, 890);
    const signed = session.sign(command({ atMs }));
    expect(signed.nonce).toBe('nonce-mig_1-2');
    expect(signed.requestHash).toMatch(/^[0-9a-f]{64}$/);
    expect({ ...session.sign(command({ atMs: atMs + 100 })) }).toEqual({ ...signed });
    const next = session.sign(command({ atMs, attempt: 3 }));
    expect([next.nonce, next.requestHash]).not.toContain(signed.nonce);
    expect(next.requestHash).not.toBe(signed.requestHash);
  });

  it('shows nothing but nonce and hash, however it is printed', async () => {
    const session = await world.session('http://127.0.0.1:1', 0);
    const signed = session.sign(command());
    expect(Object.keys(signed)).toEqual(['nonce', 'requestHash']);
    for (const printed of [
      JSON.stringify(signed),
      inspect(signed, { showHidden: true, depth: 9 }),
    ]) {
      expect(printed).not.toMatch(/Signature=|canary/);
    }
    expect(inspect(session, { depth: 9 })).not.toContain(KEY_SECRET);
  });
});

describe('what is sent', () => {
  it('is the documented action with the target as DBInstanceId, the timestamp and nonce of the intent', async () => {
    const stub = await answering({ body: { ImportId: 1 } });
    const session = await world.session(stub.address);
    const atMs = Math.floor(Date.now() / 1_000) * 1_000;
    await session.send(session.sign(command({ atMs })));
    expect(stub.asked[0]).toMatchObject({
      action: 'ImportDatabaseBetweenInstances',
      parameters: {
        DBInstanceId: 'rm-target',
        SourceDBInstanceId: 'rm-source',
        DBInfo: '{"DBNames":["mydb"]}',
      },
      body: '',
      headers: {
        'x-acs-version': '2014-08-15',
        'x-acs-date': new Date(atMs).toISOString().replace('.000', ''),
        'x-acs-signature-nonce': 'nonce-mig_1-2',
      },
    });
    expect(stub.asked[0]?.url).not.toContain(KEY_ID);
  });

  it('names source and target of SQL Server databases, Chinese ones too', async () => {
    const stub = await answering({ body: { ImportId: 1 } });
    const session = await world.session(stub.address);
    const databases = [{ source: '订单 (1)', target: 'orders' }];
    await session.send(session.sign(command({ engine: 'SQLServer', databases })));
    expect(stub.asked[0]?.parameters['DBInfo']).toBe('{"DBNames":{"订单 (1)":"orders"}}');
  });

  it('keeps the URL under 8 KB: many databases travel in the body', async () => {
    const stub = await answering({ body: { ImportId: 1 } });
    const names = Array.from({ length: 500 }, (_, i) => `a_database_with_a_long_name_${i}`);
    const databases = names.map((name) => ({ source: name, target: name }));
    const session = await world.session(stub.address);
    const outcome = await session.send(session.sign(command({ databases })));
    expect(outcome.kind).toBe('accepted');
    const [asked] = stub.asked;
    expect(asked?.url.length).toBeLessThan(7_168);
    expect(asked?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(JSON.parse(asked?.parameters['DBInfo'] ?? '')).toEqual({ DBNames: names });
  });

  it('never leaves twice: a second call with the same object, at the same time too, is not sent', async () => {
    const stub = await answering({ body: { ImportId: 1 } });
    const session = await world.session(stub.address, 3);
    const signed = session.sign(command());
    const kinds = (await Promise.all([1, 2, 3].map(() => session.send(signed)))).map((o) => o.kind);
    expect(kinds.toSorted()).toEqual(['accepted', 'not_sent', 'not_sent']);
    const another = await world.session(stub.address);
    expect(await another.send(signed)).toMatchObject({ kind: 'not_sent' });
    expect(stub.asked).toHaveLength(1);
  });

  it('never leaves when it was not signed here, or its intent is older than half a minute', async () => {
    const stub = await answering({ body: { ImportId: 1 } });
    const session = await world.session(stub.address, 2);
    const copy = { ...session.sign(command()) };
    expect(await session.send(copy)).toMatchObject({ kind: 'not_sent' });
    const old = session.sign(command({ atMs: Date.now() - 31_000 }));
    expect(await session.send(old)).toMatchObject({ kind: 'not_sent' });
    expect(stub.connections()).toBe(0);
  });
});

describe('accepted', () => {
  it.each([
    ['a number', '{"ImportId":85265475235,"RequestId":"r-1"}', '85265475235'],
    ['a string', '{"ImportId":"85265475235","RequestId":"r-1"}', '85265475235'],
    ['the old spelling', '{"ImportID":7,"RequestID":"r-1"}', '7'],
    ['20 digits', '{"ImportId":85265475235123456789,"RequestId":"r-1"}', '85265475235123456789'],
  ])('with the ImportId as %s, digit for digit', async (_, body, importId) => {
    expect(await outcomeOf({ body })).toEqual({ kind: 'accepted', importId, requestId: 'r-1' });
  });
});

describe('refused', () => {
  it.each([
    ['Throttling.User', 400, 'throttled'],
    ['InvalidTimeStamp.Expired', 400, 'throttled'],
    ['OperationDenied.DBInstanceStatus', 403, 'busy'],
    ['IncorrectDBInstanceState', 500, 'busy'],
    ['InvalidDBInstanceId.NotFound', 404, 'not_found'],
    ['InvalidDBInfo.Malformed', 400, 'rejected'],
    ['Order.SomethingNew', 400, 'rejected'],
    ['InvalidAccessKeyId.NotFound', 404, 'auth'],
    ['InvalidApi.NotFound', 404, 'gone'],
    ['OperationDenied.LockMode', 200, 'rejected'],
  ])('by %s with status %d as %s, with what support needs', async (code, status, faultClass) => {
    const headers = { 'x-acs-retry-after': '1500' };
    const body = { Code: code, Message: `no: ${KEY_ID}, ${KEY_SECRET}`, RequestId: 'r-2' };
    const message = 'no: LTAI****0001, [sealed]';
    const fault = { class: faultClass, code, message, requestId: 'r-2', retryAfterMs: 1_500 };
    expect(await outcomeOf({ status, headers, body })).toEqual({ kind: 'refused', fault });
  });
});

describe('unknown', () => {
  const busy = { Code: 'IncorrectDBInstanceState', RequestId: 'r', ImportId: 5 };
  const cases: readonly (readonly [string, Reply, string])[] = [
    ['an internal error', { status: 500, body: { Code: 'InternalError' } }, 'InternalError'],
    [
      'an internal error with 4xx',
      { status: 400, body: { Code: 'InternalError' } },
      'InternalError',
    ],
    [
      'an unavailable service',
      { status: 503, body: { Code: 'ServiceUnavailable' } },
      'ServiceUnavailable',
    ],
    ['5xx with a code nobody knows', { status: 502, body: { Code: 'Odd.Thing' } }, 'Odd.Thing'],
    [
      'a nonce seen before',
      { status: 400, body: { Code: 'SignatureNonceUsed' } },
      'SignatureNonceUsed',
    ],
    ['success without an ImportId', { body: { RequestId: 'r' } }, 'import_id_missing'],
    ['success with an unusable one', { body: '{"ImportId":1.5}' }, 'import_id_missing'],
    ['an error page', { status: 502, body: '<html>Bad Gateway</html>' }, 'not_json'],
    ['a page with 4xx', { status: 403, body: '<html>Forbidden</html>' }, 'not_json'],
    ['nothing at all', { status: 204, body: '' }, 'not_json'],
    ['JSON cut short', { body: '{"ImportId":852654' }, 'not_json'],
    ['4xx without a code', { status: 400, body: { Message: 'no' } }, 'no_code'],
    ['4xx with a malformed code', { status: 400, body: { Code: '<b>' } }, 'no_code'],
    [
      'a redirect',
      { status: 302, headers: { location: '/' }, body: { ImportId: 1 } },
      'redirected',
    ],
    ['a refusal that names an import', { status: 403, body: busy }, 'contradictory'],
    ['an oversize answer', { body: `{"ImportId":1${' '.repeat(1_048_576)}}` }, 'oversize'],
  ];
  it.each(cases)('after %s', async (_, reply, code) => {
    expect(await outcomeOf(reply)).toMatchObject({ kind: 'unknown', code });
  });

  it('after a deadline, a reset, or half an answer', async () => {
    expect(await outcomeOf(null, 150)).toMatchObject({ kind: 'unknown', code: 'timeout' });
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"ImportId":1';
    for (const last of ['', head]) {
      const stub = await startRawStub((socket) => socket.end(last));
      cleanups.push(stub.close);
      const session = await world.session(stub.address);
      const outcome = await session.send(session.sign(command()));
      expect(outcome).toMatchObject({ kind: 'unknown', code: 'reset' });
    }
  });

  it('after any answer that is not a documented one: nothing is ever taken for an acceptance', async () => {
    let next: Reply = { body: '' };
    const stub = await startStub(() => next);
    cleanups.push(stub.close);
    const status = fc.constantFrom(200, 201, 400, 403, 404, 500, 503);
    const body = fc.oneof(fc.json(), fc.string({ unit: 'grapheme' }));
    await fc.assert(
      fc.asyncProperty(status, body, async (code, text) => {
        next = { status: code, body: text };
        const session = await world.session(stub.address);
        expect((await session.send(session.sign(command()))).kind).toBe('unknown');
      }),
      { numRuns: 60 },
    );
  });
});

describe('not sent', () => {
  it('when nobody listens, and the message names no key', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const session = await world.session(`http://127.0.0.1:${port}`);
    const outcome = await session.send(session.sign(command()));
    expect(outcome).toMatchObject({ kind: 'not_sent' });
    expect(JSON.stringify(outcome)).not.toContain(KEY_ID);
  });
});
