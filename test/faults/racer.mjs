// One of two processes that race for the same records: told a record and an act, it does it and says what came of it.
// The real stories and stores, as built, over the real Redis; only the call upstream is left out.
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { RandomIds } from '../../dist/adapters/random-ids.js';
import { RedisKeys } from '../../dist/adapters/redis-keys.js';
import { RedisMigrationStore } from '../../dist/adapters/redis-migration-store.js';
import { SystemClock } from '../../dist/adapters/system-clock.js';
import { mayFollow } from '../../dist/domain/transitions.js';
import { transition } from '../../dist/domain/migration-step.js';
import { ControlMigration } from '../../dist/use-cases/control-migration.js';

const [, , url, prefix] = process.argv;
const redis = new Redis(url);
const clock = new SystemClock();
const durability = { floor: 0, remember: () => {}, sawIntent: async () => {} };
const wiring = { outbox: { appended: () => {} }, durability };
const store = new RedisMigrationStore(redis, new RedisKeys(prefix), new RandomIds(), wiring);
const reading = {
  find: async (_, id) => {
    const migration = await store.find(id);
    return { migration, batch: null, allowedActions: [] };
  },
};
const CALLER = { tenant: 'acme', instancePatterns: null };
const never = { rollback: async () => ({ epoch: 0, noticedAt: 0, quarantineUntil: 0 }) };
const settings = { signatureLifetimeMs: 900_000 };
const control = new ControlMigration(
  store,
  reading,
  never,
  clock,
  { transition: () => {} },
  settings,
);

/** What workers write, as they write it: read, decide, compare-and-set; null when it no longer applies. */
async function step(id, name, changes) {
  for (;;) {
    const migration = await store.find(id);
    if (!mayFollow(migration.status, name)) return 'too_late';
    const now = clock.now();
    const outcome = await store.apply(transition(migration, name, now, changes(migration, now)));
    if (outcome.kind !== 'stale') return outcome.kind;
  }
}

const ACTS = {
  cancel: (id) => control.cancel(CALLER, id).then(({ migration }) => migration.status),
  retry: (id) => control.retry(CALLER, id).then(() => 'retried'),
  resolve_not_started: (id) =>
    control.resolve(CALLER, id, { outcome: 'not_started' }).then(() => 'resolved'),
  resolve_started: (id) =>
    control
      .resolve(CALLER, id, { outcome: 'started', importId: `9${idNumber(id)}` })
      .then(() => 'resolved'),
  intend: (id) =>
    step(id, 'intended', ({ attempt }, at) => ({
      intent: { attempt, at, nonce: id, requestHash: id, importsBefore: [], rollbackEpoch: 0 },
      submittedAt: at,
      wakeAt: at + 60_000,
    })),
  adopt: (id) => step(id, 'adopted', (_, now) => ({ importId: `8${idNumber(id)}`, wakeAt: now })),
  succeed: (id) => step(id, 'succeeded', () => ({})),
  stop: (id) => step(id, 'import_canceled', () => ({})),
};

const idNumber = (id) => id.replace(/\D/g, '');

await redis.ping();
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [id, act, delayUs] = line.split(' ');
  const until = process.hrtime.bigint() + BigInt(delayUs) * 1_000n;
  while (process.hrtime.bigint() < until);
  const came = await ACTS[act](id).catch((error) => error.code ?? String(error));
  process.stdout.write(`${id} ${came}\n`);
}
redis.disconnect();
