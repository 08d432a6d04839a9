// A wish to cancel and a look at a key are one call each, and what upstream says to it comes back unchanged.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/domain/db-info.js';
import { startSimulator } from '../../src/simulator/server.js';
import type { UpstreamSession } from '../../src/use-cases/ports-upstream.js';
import { FAIR_CLOUD, MemoryCloud } from '../support/memory-cloud.js';
import { TestClock } from '../support/memory-ports.js';
import { MemoryUpstream } from '../support/memory-upstream.js';
import { startStub, type Reply, type Stub } from './rds-stub.js';
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

async function upstream(reply: Reply | null): Promise<{ stub: Stub; session: UpstreamSession }> {
  const stub = await startStub(() => reply);
  cleanups.push(stub.close);
  return { stub, session: await world.session(stub.address, 1, 1_000) };
}

/** Above 2^53. */
const IMPORT_ID = '9200000000000000001';

describe('a wish to cancel', () => {
  it('names the target and the import, digit by digit, in one call', async () => {
    const { stub, session } = await upstream({ body: { RequestId: 'r-1' } });
    expect(await session.cancel('rm-target', IMPORT_ID)).toEqual({ ok: true, value: true });
    expect(stub.asked).toHaveLength(1);
    expect(stub.asked[0]).toMatchObject({
      action: 'CancelImport',
      parameters: { DBInstanceId: 'rm-target', ImportId: IMPORT_ID },
    });
    expect(stub.asked[0]?.parameters).not.toHaveProperty('RegionId');
  });

  it.each([
    ['OperationDenied.IncorrectTaskStatus', 403, 'rejected'],
    ['EngineNotSupported', 400, 'rejected'],
    ['InvalidTaskId.NotFound', 400, 'not_found'],
    ['InvalidApi.NotFound', 404, 'gone'],
    ['Throttling.User', 400, 'throttled'],
    ['InternalError', 500, 'unclear'],
  ])('refused with %s is a fault of its class', async (code, status, faultClass) => {
    const body = { Code: code, Message: 'no', RequestId: 'r-2' };
    const { stub, session } = await upstream({ status, body });
    const fault = { class: faultClass, code, message: 'no', requestId: 'r-2', retryAfterMs: null };
    expect(await session.cancel('rm-target', '5')).toEqual({ ok: false, fault });
    expect(stub.asked).toHaveLength(1);
  });

  it('without an answer is unclear', async () => {
    const { session } = await upstream(null);
    const fault = { class: 'unclear', code: 'timeout' };
    expect(await session.cancel('rm-target', '5')).toMatchObject({ ok: false, fault });
  });
});

describe('verifying a key', () => {
  it('is one small listing of the region', async () => {
    const { stub, session } = await upstream({ body: { Items: { DBInstance: [] } } });
    expect(await session.verify('cn-hangzhou')).toEqual({ ok: true, value: true });
    expect(stub.asked).toHaveLength(1);
    const parameters = { RegionId: 'cn-hangzhou', PageSize: '30', PageNumber: '1' };
    expect(stub.asked[0]).toMatchObject({ action: 'DescribeDBInstances', parameters });
  });

  it('that upstream refuses is a fault, the AccessKeyId in its message masked', async () => {
    const body = { Code: 'InvalidAccessKeyId.NotFound', Message: `no ${KEY_ID}`, RequestId: 'r-3' };
    const { session } = await upstream({ status: 404, body });
    const fault = { class: 'auth', code: 'InvalidAccessKeyId.NotFound', requestId: 'r-3' };
    expect(await session.verify('cn-hangzhou')).toEqual({
      ok: false,
      fault: { ...fault, message: 'no LTAI****0001', retryAfterMs: null },
    });
  });
});

const refusedWith = (code: string) => ({ ok: false, fault: { class: 'rejected', code } });

interface Running {
  readonly session: UpstreamSession;
  readonly engine: Engine;
  readonly clock: { now(): number };
  advance(ms: number): void;
}

/** Starts an import and tells how its words look. */
async function started({ session, engine, clock }: Running) {
  const atMs = clock.now();
  const signed = session.sign({
    ...{ migrationId: `mig_${engine}`, attempt: 1, engine, atMs },
    ...{ sourceInstanceId: 'rm-source', targetInstanceId: 'rm-target' },
    databases: [{ source: 'sales', target: 'sales' }],
  });
  const outcome = await session.send(signed);
  if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome));
  const { importId } = outcome;
  const words = async (): Promise<unknown> => {
    const window = { fromMs: atMs - 120_000, toMs: clock.now() };
    const read = await session.imports(engine, 'rm-target', window, importId);
    return read.ok && read.value[0]?.words;
  };
  return { importId, words };
}

async function simulated(engine: Engine): Promise<Running> {
  const instance = { engine, accountId: '1' };
  const names = engine === 'MySQL' ? [{ name: 'sales' }] : [];
  const simulator = await startSimulator({
    world: {
      accounts: [{ accountId: '1', accessKeys: [{ id: KEY_ID, secret: KEY_SECRET }] }],
      instances: [
        { ...instance, instanceId: 'rm-source', databases: [{ name: 'sales' }] },
        { ...instance, instanceId: 'rm-target', databases: names },
      ],
      durations: { baseMs: 60_000, cancelMs: 5_000 },
      importIds: { forms: ['big'] },
    },
  });
  cleanups.push(simulator.close);
  const { clock } = simulator.world;
  const session = await world.session(simulator.url, 1);
  return { session, engine, clock, advance: (ms) => clock.advance(ms) };
}

async function remembered(engine: Engine): Promise<Running> {
  const clock = new TestClock();
  const cloud = new MemoryCloud(clock, { ...FAIR_CLOUD, engine });
  cloud.cancels.takesMs = 5_000;
  const opened = await new MemoryUpstream(cloud).open();
  if (opened.kind !== 'open') throw new Error('the little world opens at once');
  return { session: opened.session, engine, clock, advance: (ms) => clock.moveBy(ms) };
}

describe.each([
  ['through the whole wire', simulated],
  ['in the little world of the tests', remembered],
])('%s', (_, open) => {
  it('an import of SQL Server is canceled once, and shows it', async () => {
    const running = await open('SQLServer');
    const { session } = running;
    expect(await session.verify('cn-hangzhou')).toEqual({ ok: true, value: true });
    const { importId, words } = await started(running);
    const tooLate = refusedWith('OperationDenied.IncorrectTaskStatus');
    expect(await session.cancel('rm-target', importId)).toEqual({ ok: true, value: true });
    expect(await words()).toEqual(['Canceling']);
    expect(await session.cancel('rm-target', importId)).toMatchObject(tooLate);
    running.advance(5_001);
    expect(await words()).toEqual(['Canceled']);
    expect(await session.cancel('rm-target', importId)).toMatchObject(tooLate);
    expect(await session.databases('rm-target')).toEqual({ ok: true, value: [] });
  });

  it('one of MySQL goes on, as upstream has no cancel for it', async () => {
    const running = await open('MySQL');
    const { importId, words } = await started(running);
    const refused = refusedWith('EngineNotSupported');
    expect(await running.session.cancel('rm-target', importId)).toMatchObject(refused);
    running.advance(120_000);
    expect(await words()).toEqual(['Success']);
  });

  it('one that the instance does not have is not found', async () => {
    const running = await open('SQLServer');
    const { importId } = await started(running);
    const fault = { class: 'not_found', code: 'InvalidTaskId.NotFound' };
    for (const [target, id] of [
      ['rm-source', importId],
      ['rm-target', '7'],
    ] as const) {
      expect(await running.session.cancel(target, id)).toMatchObject({ ok: false, fault });
    }
  });
});
