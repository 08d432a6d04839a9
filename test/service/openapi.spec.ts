// docs/openapi.json is what is served, and every request that it prints works against the simulator's default world.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomIds } from '../../src/adapters/random-ids.js';
import { park } from '../../src/domain/migration-step.js';
import { startSimulator, type Simulator } from '../../src/simulator/server.js';
import { redisUnderTest } from '../adapters/stores-under-test.js';
import { eventually } from '../support/eventually.js';
import { expectDocumented } from '../support/documented.js';
import { EXAMPLES, type Example } from '../support/documented-examples.js';
import { testRedis } from '../support/redis.js';
import { serviceEnvironment, startService, type ServiceProcess } from '../support/service.js';

const FILE = 'docs/openapi.json';
/** The ids of examples end with it: they stand for what was made before. */
const PLACEHOLDER = /\b([a-z]{2,5})_01jdemoq4y7z8b9c0d1e2f3g4h\b/g;

let simulator: Simulator;
let redis: Awaited<ReturnType<typeof testRedis>>;
let service: ServiceProcess;
let key: string;
const made = new Map<string, string>();

beforeAll(async () => {
  const world = JSON.parse(readFileSync('src/simulator/default-world.json', 'utf8')) as object;
  const durations = { baseMs: 300, perGBMs: 0, cancelMs: 100, byInstance: {} };
  simulator = await startSimulator({ world: { ...world, durations } });
  redis = await testRedis();
  const where = { redisUrl: process.env['REDIS_URL'] ?? '', prefix: redis.prefix };
  const env = serviceEnvironment({ ...where, upstreamUrl: simulator.url });
  key = env['BOOTSTRAP_ADMIN_KEY'] ?? '';
  const more = { OUTCOME_GRACE_MS: '1000', WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8' };
  service = await startService({ env: { ...env, ...more } });
  await made1st('credentials.create', 'accessKey');
  await made1st('migrations.accept', 'mysql');
  await made1st('batches.accept', 'mixed');
  await made1st('apikeys.create', 'nightly');
  await made1st('webhooks.create', 'endings');
  const importId = await eventually(async () => {
    const view = await see(`/v1/migrations/${made.get('mig') ?? ''}`);
    assert(typeof view['importId'] === 'string');
    return view['importId'];
  });
  made.set('importId', importId);
}, 120_000);
afterAll(async () => {
  await service?.kill();
  await simulator?.close();
  await redis?.close();
});

interface Sent {
  readonly status: number;
  readonly text: string;
}

async function call(method: string, path: string, body?: string, type?: string): Promise<Sent> {
  const answer = await fetch(`${service.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': type ?? 'application/json' }),
    },
    ...(body !== undefined && { body }),
  });
  const headers = Object.fromEntries(answer.headers.entries());
  const isStream = headers['content-type']?.startsWith('text/event-stream') === true;
  if (isStream) await answer.body?.cancel();
  const text = isStream ? '' : await answer.text();
  expectDocumented({ method, path, status: answer.status, headers, text });
  note(headers['location']);
  return { status: answer.status, text };
}

function note(location = ''): void {
  const [, prefix] = /\/([a-z]{2,5})_\w+$/.exec(location) ?? [];
  if (prefix !== undefined) made.set(prefix, location.slice(location.lastIndexOf('/') + 1));
}

const see = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse((await call('GET', path)).text) as Record<string, unknown>;

/** The other thing that an example stands for: a receiver of webhooks, which here is whoever listens. */
const RECEIVER = 'https://example.com';

const filled = (text: string): string =>
  text
    .replaceAll(PLACEHOLDER, (id, prefix: string) => made.get(prefix) ?? id)
    .replaceAll(RECEIVER, simulator.url);

const send = ({ method, path, body, type }: Example): Promise<Sent> =>
  call(
    method,
    filled(path.replace('{importId}', made.get('importId') ?? '')),
    body === null ? undefined : filled(body),
    type,
  );

async function made1st(operationId: string, name: string): Promise<void> {
  const example = EXAMPLES.find((each) => each.operationId === operationId && each.name === name);
  if (example === undefined) throw new Error(`${operationId} has no example ${name}`);
  const { status, text } = await send(example);
  assert(status === 201 || status === 202, text);
}

/** Pairs of the default world that no example uses. The target of `locked` is. */
const PAIRS = {
  wiki: ['rm-bp1sharedsrc007a', 'rm-bp1shareddst007b', 'wiki'],
  gap: ['rm-bp1gapsrc000006a', 'rm-bp1gapdst000006b', 'metrics'],
  locked: ['rm-bp1locksrc00005a', 'rm-bp1lockdst00005b', 'archive'],
} as const;

/** Not before long, so that nothing starts. */
const WAITING = { notBefore: '2099-01-01T00:00:00Z' };
function migrationOf(pair: keyof typeof PAIRS, more: object): string {
  const [sourceInstanceId, targetInstanceId, database] = PAIRS[pair];
  const dbInfo = { DBNames: [database] };
  const base = { credentialId: made.get('cred'), allowDuplicate: true };
  return JSON.stringify({ ...base, sourceInstanceId, targetInstanceId, dbInfo, ...more });
}

const waiting = (): Promise<Sent> => call('POST', '/v1/migrations', migrationOf('wiki', WAITING));
const batch = (pair: keyof typeof PAIRS, more: object): Promise<Sent> =>
  call('POST', '/v1/batches', `{"migrations":[${migrationOf(pair, more)}]}`);
const onBatch = (verb: string): Promise<Sent> =>
  call('POST', `/v1/batches/${made.get('bat') ?? ''}/${verb}`);

const ENDED = ['succeeded', 'failed', 'canceled'];

interface Seen {
  readonly id: string;
  readonly status: string;
  readonly sourceInstanceId: string;
  readonly allowedActions: readonly string[];
}

/**
 * Until nothing that was asked for before goes on: whatever the order of the examples, the time of day (their
 * windows) and the date (their `notBefore`), none meets an earlier one as a duplicate or on its instances.
 */
async function allEnded(): Promise<void> {
  await eventually(async () => {
    const { items } = (await see('/v1/migrations?limit=200')) as { items: readonly Seen[] };
    // Unknown outcomes, and what a person said of them, stay: on pairs that no example uses.
    const own: readonly string[] = [PAIRS.wiki[0], PAIRS.gap[0]];
    const active = items.filter(
      (one) => !ENDED.includes(one.status) && !own.includes(one.sourceInstanceId),
    );
    for (const { id, allowedActions } of active) {
      if (allowedActions.includes('cancel')) await call('POST', `/v1/migrations/${id}/cancel`);
    }
    expect(active.map(({ id, status }) => `${id} ${status}`)).toEqual([]);
  }, 60_000);
}

/** Each keeps its instances: one pair for each answer of a person. */
const lost: (keyof typeof PAIRS)[] = ['wiki', 'gap'];

async function outcomeUnknown(): Promise<void> {
  const pair = lost.shift() ?? 'wiki';
  const about = { action: 'ImportDatabaseBetweenInstances', instanceId: PAIRS[pair][1] };
  simulator.faults.set({ ...about, kind: 'reset_before' });
  await call('POST', '/v1/migrations', migrationOf(pair, { preflight: 'skip' }));
  await reaches(`/v1/migrations/${made.get('mig') ?? ''}`, 'outcome_unknown');
}

const reaches = (path: string, status: string): Promise<void> =>
  eventually(async () => expect((await see(path))['status']).toBe(status), 15_000);

/** As three looks that failed leave one. */
async function parked(): Promise<void> {
  await waiting();
  const { store } = redisUnderTest(redis, new RandomIds());
  const migration = await store.find(made.get('mig') ?? '');
  assert(migration !== null);
  const why = { tries: 3, message: 'its looks failed' };
  assert.equal((await store.apply(park(migration, migration.createdAt, why))).kind, 'applied');
}

/** What must be there before, where the example is about a state. */
const BEFORE: Readonly<Record<string, () => Promise<unknown>>> = {
  'webhooks.remove': () => made1st('webhooks.create', 'everything'),
  'credentials.remove': () => made1st('credentials.create', 'sts'),
  'migrationcontrol.cancel': waiting,
  'migrationcontrol.retry': async () => {
    await waiting();
    await call('POST', `/v1/migrations/${made.get('mig') ?? ''}/cancel`);
  },
  'migrationcontrol.resolve': outcomeUnknown,
  'migrationcontrol.resume': parked,
  'batches.pause': () => batch('wiki', WAITING),
  'batches.resume': async () => {
    await batch('wiki', WAITING);
    await onBatch('pause');
  },
  'batches.cancel': () => batch('wiki', WAITING),
  'batches.retryFailed': async () => {
    // The check before the submission sees the lock.
    await batch('locked', {});
    await reaches(`/v1/batches/${made.get('bat') ?? ''}`, 'failed');
  },
};

it('the document that is served is docs/openapi.json; `npm run openapi` renews it', async () => {
  const served = (await (await fetch(`${service.url}/openapi.json`)).json()) as unknown;
  expect(served).toEqual(JSON.parse(readFileSync(FILE, 'utf8')));
});

it('no example asks for an end on a day that comes: from then on it would be refused', () => {
  const dated = EXAMPLES.filter(({ body }) => /"expiresAt":\s*"/.test(body ?? ''));
  expect(dated.map(({ operationId, name }) => `${operationId} ${name}`)).toEqual([]);
});

describe('an example as it is printed is answered without an error', () => {
  it.each(EXAMPLES.map((example) => [`${example.operationId} ${example.name}`, example] as const))(
    '%s',
    async (_, example) => {
      await allEnded();
      const kept = new Map(made);
      await BEFORE[example.operationId]?.();
      const { status, text } = await send(example);
      assert(status < 400, text);
      expect(status).toBeLessThan(400);
      // What an example is about may be gone after it: the next finds what there was at first.
      for (const [prefix, id] of kept) made.set(prefix, id);
    },
    90_000,
  );
});
