// A survey names exactly the instances of the account and region that show a status, or it is none.
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSimulator } from '../../src/simulator/server.js';
import { startStub, type Asked, type Reply, type Stub } from './rds-stub.js';
import { gatewayWorld, KEY_ID, KEY_SECRET, WHO, type GatewayWorld } from './rds-world.js';

const MAX_AGE_MS = 60_000;

let world: GatewayWorld;
const worlds: GatewayWorld[] = [];
const cleanups: (() => Promise<void>)[] = [];
beforeEach(async () => {
  world = await gatewayWorld();
  worlds.push(world);
});
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});
afterAll(() => Promise.all(worlds.map((each) => each.close())));

async function stubbed(answer: (asked: Asked) => Reply): Promise<Stub> {
  const stub = await startStub(answer);
  cleanups.push(stub.close);
  return stub;
}

/** The ids that a survey by a process of its own shows. */
async function surveyed(address: string, status = 'Importing'): Promise<string[] | null> {
  const survey = await world.upstream(address).survey(WHO, status, MAX_AGE_MS);
  return survey === null ? null : [...survey.instanceIds];
}

const rows = (count: number, from = 0, status = 'Importing'): object[] =>
  Array.from({ length: count }, (_, n) => ({
    DBInstanceId: `rm-${from + n}`,
    DBInstanceStatus: status,
  }));

const listOf = (list: readonly object[]): Reply => ({ body: { Items: { DBInstance: list } } });

describe('a survey of the simulator', () => {
  it('names those of the account and region with the status, every page, by one listing for all', async () => {
    const many = Array.from({ length: 205 }, (_, n) => `rm-${n}`);
    const at = (instanceId: string, status: string, more: object = {}): object => {
      return { instanceId, status, engine: 'MySQL', accountId: '1', databases: [], ...more };
    };
    const simulator = await startSimulator({
      world: {
        accounts: [
          { accountId: '1', accessKeys: [{ id: KEY_ID, secret: KEY_SECRET }] },
          { accountId: '2', accessKeys: [] },
        ],
        instances: [
          ...many.map((id) => at(id, 'Importing')),
          at('rm-source', 'TRANSING'),
          at('rm-free', 'Running'),
          at('rm-far', 'Importing', { regionId: 'cn-beijing' }),
          at('rm-other', 'Importing', { accountId: '2' }),
        ],
      },
    });
    cleanups.push(() => simulator.close());
    const before = Date.now();
    const survey = await world.upstream(simulator.url).survey(WHO, 'Importing', MAX_AGE_MS);
    expect([...(survey?.instanceIds ?? [])]).toEqual(many);
    expect(survey?.atMs).toBeGreaterThanOrEqual(before);
    expect(survey?.atMs).toBeLessThanOrEqual(Date.now());
    expect(await surveyed(simulator.url)).toEqual(many);
    expect(simulator.journal.entries(0, 'DescribeDBInstances')).toHaveLength(3);
    expect(await surveyed(simulator.url, 'TRANSING')).toEqual(['rm-source']);
    expect(simulator.journal.entries(0, 'DescribeDBInstances')).toHaveLength(4);
  });
});

describe('a survey', () => {
  it('ends with the first short page, even an empty one', async () => {
    const stub = await stubbed(({ parameters }) =>
      listOf(parameters['PageNumber'] === '1' ? rows(100) : []),
    );
    expect(await surveyed(stub.address)).toHaveLength(100);
    const filter = { RegionId: WHO.regionId, DBInstanceStatus: 'Importing', PageSize: '100' };
    expect(stub.asked.map(({ parameters }) => parameters)).toMatchObject([
      { ...filter, PageNumber: '1' },
      { ...filter, PageNumber: '2' },
    ]);
  });

  it('leaves out what does not show the status, should upstream not filter', async () => {
    const mixed = [...rows(1), ...rows(1, 1, 'Running'), { DBInstanceId: 'rm-2' }, {}];
    const upper = { DBInstanceId: 'RM-Upper', DBInstanceStatus: 'IMPORTING' };
    const stub = await stubbed(() => listOf([...mixed, upper]));
    expect(await surveyed(stub.address)).toEqual(['rm-0', 'rm-upper']);
  });

  it.each([
    ['throttled', { status: 400, body: { Code: 'Throttling.User' } }],
    ['answered without the list', { body: {} }],
  ])('is none when it is %s, and not tried again at once', async (_, reply) => {
    const stub = await stubbed(() => reply);
    expect(await surveyed(stub.address)).toBeNull();
    expect(await surveyed(stub.address)).toBeNull();
    expect(stub.asked).toHaveLength(1);
  });

  it('is none when one page of it fails, or when it never ends', async () => {
    const broken = await stubbed(({ parameters }) =>
      parameters['PageNumber'] === '1' ? listOf(rows(100)) : { status: 500, body: '' },
    );
    expect(await surveyed(broken.address)).toBeNull();
    const endless = await stubbed(() => listOf(rows(100)));
    expect(await surveyed(endless.address, 'ImportingFromOthers')).toBeNull();
    expect(endless.asked.length).toBeLessThanOrEqual(50);
  });

  it('is none while the quota has no room, and nothing is asked', async () => {
    const stub = await stubbed(() => listOf([]));
    const upstream = world.upstream(stub.address, { qps: 1 });
    await upstream.open(WHO, 1, 'tracking');
    expect(await upstream.survey(WHO, 'Importing', MAX_AGE_MS)).toBeNull();
    expect(stub.asked).toEqual([]);
  });

  it('is none without a credential that can be used', async () => {
    const stub = await stubbed(() => listOf([]));
    const who = { ...WHO, credentialId: 'cred_9' };
    expect(await world.upstream(stub.address).survey(who, 'Importing', MAX_AGE_MS)).toBeNull();
    expect(stub.asked).toEqual([]);
  });

  it('of one key serves whoever stored that key, and nobody else', async () => {
    await world.store({ tenant: 'other', id: 'cred_2' });
    const stub = await stubbed(() => listOf(rows(2)));
    expect(await surveyed(stub.address)).toHaveLength(2);
    const who = { ...WHO, tenant: 'other', credentialId: 'cred_2' };
    const survey = await world.upstream(stub.address).survey(who, 'Importing', MAX_AGE_MS);
    expect(survey?.instanceIds.size).toBe(2);
    expect(stub.asked).toHaveLength(1);
  });
});
