// Through the whole wire, signature included, an import of each engine is started, seen and ended.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/server.js';
import { gatewayWorld, KEY_ID, KEY_SECRET, type GatewayWorld } from './rds-world.js';

const DURATION_MS = 60_000;
const databases = (...names: string[]): object[] => names.map((name) => ({ name }));
const instance = (instanceId: string, engine: string, ...names: string[]): object => ({
  ...{ instanceId, engine, accountId: '1' },
  databases: databases(...names),
});

let simulator: Simulator;
let world: GatewayWorld;

beforeAll(async () => {
  world = await gatewayWorld();
  simulator = await startSimulator({
    world: {
      accounts: [{ accountId: '1', accessKeys: [{ id: KEY_ID, secret: KEY_SECRET }] }],
      instances: [
        instance('rm-my-source', 'MySQL', 'orders', 'users'),
        instance('rm-my-target', 'MySQL', 'orders', 'users'),
        instance('rm-ms-source', 'SQLServer', 'Sales', '订单'),
        instance('rm-ms-target', 'SQLServer'),
      ],
      durations: { baseMs: DURATION_MS },
      importIds: { forms: ['big'] },
    },
  });
});

afterAll(async () => {
  await simulator.close();
  await world.close();
});

it.each([
  ['MySQL', 'rm-my', { orders: 'orders', users: 'users' }],
  ['SQLServer', 'rm-ms', { Sales: 'sales2', 订单: 'dingdan' }],
] as const)('%s', async (engine, prefix, names) => {
  const [source, target] = [`${prefix}-source`, `${prefix}-target`];
  const session = await world.session(simulator.url, 4);
  expect(await session.instance(source)).toMatchObject({
    ok: true,
    value: { status: 'Running', engine },
  });
  expect(await session.instance('rm-unknown')).toEqual({ ok: true, value: null });
  const listed = await session.databases(source);
  expect(listed.ok && listed.value.map(({ name }) => name)).toEqual(Object.keys(names));
  const usage = await session.usage(source);
  expect(usage.ok && usage.value.diskUsedBytes).toBeGreaterThan(0);

  const atMs = simulator.world.clock.now();
  const signed = session.sign({
    ...{ migrationId: `mig_${engine}`, attempt: 1, engine, atMs },
    ...{ sourceInstanceId: source, targetInstanceId: target },
    databases: Object.entries(names).map(([from, to]) => ({ source: from, target: to })),
  });
  const outcome = await session.send(signed);
  if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome));
  const { importId } = outcome;
  // Above 2^53: a JavaScript number would have lost its last digits.
  expect(BigInt(importId)).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));

  const look = async (): Promise<readonly string[]> => {
    const window = { fromMs: atMs - 120_000, toMs: simulator.world.clock.now() };
    const all = await session.imports(engine, target, window);
    const one = await session.imports(engine, target, window, importId);
    expect(one).toEqual(all);
    return all.ok
      ? all.value.filter((each) => each.importId === importId).flatMap((i) => i.words)
      : [];
  };
  expect((await look()).every((word) => word !== 'Success')).toBe(true);
  expect(await session.instance(target)).toMatchObject({ value: { status: 'Importing' } });
  simulator.world.clock.advance(2 * DURATION_MS);
  const words = await look();
  expect(new Set(words)).toEqual(new Set(['Success']));
  expect(await session.instance(source)).toMatchObject({ value: { status: 'Running' } });
  simulator.world.clock.reset();
});
