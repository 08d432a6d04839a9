// Two processes decide about the same migration at the same moment: exactly one wins, hundreds of times over.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Migration } from '../../src/domain/migration.js';
import { startMigration, transition, type Changes } from '../../src/domain/migration-step.js';
import type { TransitionName } from '../../src/domain/transitions.js';
import { redisUnderTest } from '../adapters/stores-under-test.js';
import { aRequest } from '../support/memory-migrations.js';
import { START_MS, TestIds } from '../support/memory-ports.js';
import { testRedis, type TestRedis } from '../support/redis.js';
import { randomOf, lengthOf } from '../support/sampling.js';

const ROUNDS = lengthOf(40, 200);
/** A machine under load may let one side come first again and again. */
const MOST_ROUNDS = 400;
/** About what a round trip takes: each side comes first often enough. */
const MOST_DELAY_US = 1_500;

interface Racer {
  readonly child: ChildProcess;
  act(id: string, act: string, delayUs: number): Promise<string>;
}

let place: TestRedis;
let racers: readonly [Racer, Racer];
const random = randomOf('races');

async function startRacer(): Promise<Racer> {
  const script = new URL('./racer.mjs', import.meta.url).pathname;
  const args = [script, process.env['REDIS_URL'] ?? '', place.prefix];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = new Map<string, (came: string) => void>();
  const lines = createInterface({ input: child.stdout });
  const [first] = (await once(lines, 'line')) as [string];
  expect(first).toBe('ready');
  lines.on('line', (line) => {
    const at = line.indexOf(' ');
    answers.get(line.slice(0, at))?.(line.slice(at + 1));
  });
  return {
    child,
    act: (id, act, delayUs) =>
      new Promise((resolve) => {
        answers.set(id, resolve);
        child.stdin.write(`${id} ${act} ${delayUs}\n`);
      }),
  };
}

beforeAll(async () => {
  place = await testRedis();
  racers = [await startRacer(), await startRacer()];
});
afterAll(async () => {
  for (const { child } of racers) child.kill('SIGKILL');
  await place.close();
});

let made = 0;

/** A new record on instances of its own, brought on by these steps. */
async function record(
  names: readonly TransitionName[],
  changes: Changes = {},
  engine: 'MySQL' | 'SQLServer' = 'SQLServer',
): Promise<string> {
  const { store, addCredential } = redisUnderTest(place, new TestIds());
  await addCredential('cred_1', 'acme');
  made += 1;
  const id = `mig_${made}`;
  const on = { sourceInstanceId: `rm-s${made}`, targetInstanceId: `rm-t${made}`, engine };
  const identity = { id, tenant: 'acme', requestId: 'req', batchId: null, dependsOn: [] };
  const { migration, entry } = startMigration(aRequest(on), identity, START_MS);
  await store.accept({ migration, entry, idempotency: null });
  let now: Migration = migration;
  for (const name of names) {
    const outcome = await store.apply(transition(now, name, START_MS, changes));
    if (outcome.kind !== 'applied') throw new Error(`${name}: ${outcome.kind}`);
    now = outcome.migration;
  }
  return id;
}

interface Raced {
  readonly came: readonly [string, string];
  readonly after: Migration;
  readonly history: readonly string[];
}

async function race(id: string, acts: readonly [string, string]): Promise<Raced> {
  const [one, other] = random() < 0.5 ? racers : [racers[1], racers[0]];
  const delays = [random() * MOST_DELAY_US, random() * MOST_DELAY_US].map(Math.round);
  const came = await Promise.all([
    one.act(id, acts[0], delays[0] ?? 0),
    other.act(id, acts[1], delays[1] ?? 0),
  ]);
  const { store } = redisUnderTest(place, new TestIds());
  const after = await store.find(id);
  if (after === null) throw new Error(`${id} is gone`);
  return { came, after, history: (await store.history(id)).map(({ to }) => to) };
}

async function rounds(
  names: readonly TransitionName[],
  changes: Changes,
  acts: readonly [string, string],
): Promise<readonly Raced[]> {
  const raced: Raced[] = [];
  const answers = new Set<string>();
  // Until each side has come first; a race that can be won by one side alone has one answer only.
  while (raced.length < ROUNDS || (answers.size < 2 && raced.length < MOST_ROUNDS)) {
    const one = await race(await record(names, changes), acts);
    answers.add(one.came.join());
    raced.push(one);
  }
  return raced;
}

/** How often each of these came; a race that always goes one way proves nothing. */
function tally(raced: readonly Raced[], status: (one: Raced) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of raced) counts.set(status(one), (counts.get(status(one)) ?? 0) + 1);
  return counts;
}

test('cancel against submit: canceled and never intended, or intended and the cancel kept', async () => {
  const raced = await rounds(['granted'], {}, ['cancel', 'intend']);
  for (const { came, after, history } of raced) {
    const isCanceled = after.status === 'canceled';
    expect(came).toEqual(isCanceled ? ['canceled', 'too_late'] : ['submitting', 'applied']);
    expect(history.includes('submitting')).toBe(!isCanceled);
    expect(after.cancel !== null).toBe(!isCanceled);
  }
  const counts = tally(raced, ({ after }) => after.status);
  console.log('cancel against submit:', Object.fromEntries(counts));
  expect(counts.size).toBe(2);
});

test('cancel against the end of an import: it ended first, or is canceling and ends once', async () => {
  const importing = ['granted', 'intended', 'accepted'] as const;
  const raced = await rounds(importing, {}, ['cancel', 'succeed']);
  for (const { came, after, history } of raced) {
    // The end that upstream tells is written either way: never both.
    expect(after.status).toBe('succeeded');
    expect(history.filter((to) => to === 'succeeded' || to === 'canceled')).toEqual(['succeeded']);
    expect(came[1]).toBe('applied');
    // What is answered is the record as it stands then: its end may have come already.
    expect(['canceling', 'succeeded', 'already_ended']).toContain(came[0]);
    expect(history.includes('canceling')).toBe(came[0] !== 'already_ended');
  }
  expect(tally(raced, ({ history }) => String(history.includes('canceling'))).size).toBe(2);
});

test('two ends at once: never both canceled and succeeded', async () => {
  const canceling = ['granted', 'intended', 'accepted', 'cancel_asked'] as const;
  const raced = await rounds(canceling, {}, ['succeed', 'stop']);
  for (const { came, history } of raced) {
    expect([...came].sort()).toEqual(['applied', 'too_late']);
    expect(history.filter((to) => to === 'succeeded' || to === 'canceled')).toHaveLength(1);
  }
  expect(tally(raced, ({ after }) => after.status).size).toBe(2);
});

test.each(['resolve_not_started', 'resolve_started'])(
  '%s against late adoption: the one or the other',
  async (act) => {
    const raced = await rounds(['granted', 'intended', 'lost_sight'], {}, [act, 'adopt']);
    for (const { came, after, history } of raced) {
      const isResolved = came[0] === 'resolved';
      expect(came).toEqual(isResolved ? ['resolved', 'too_late'] : ['outcome_known', 'applied']);
      const resolvedTo = act === 'resolve_started' ? 'importing' : 'queued';
      expect(after.status).toBe(isResolved ? resolvedTo : 'importing');
      expect(history.slice(history.indexOf('outcome_unknown') + 1)).toHaveLength(1);
      expect(after.importId?.slice(0, 1) ?? '').toBe(
        isResolved ? (act === 'resolve_started' ? '9' : '') : '8',
      );
    }
    expect(tally(raced, ({ came }) => came[0]).size).toBe(2);
  },
);

test('two retries: one new attempt', async () => {
  const raced = await rounds(['withdrawn'], {}, ['retry', 'retry']);
  for (const { came, after, history } of raced) {
    expect([...came].sort()).toEqual(['not_retryable', 'retried']);
    expect(after).toMatchObject({ status: 'queued', attempt: 2 });
    expect(history).toEqual(['queued', 'canceled', 'queued']);
  }
});

test('cancel against retry of a canceled one ends in one of both, wholly', async () => {
  const raced = await rounds(['withdrawn'], {}, ['cancel', 'retry']);
  for (const { came, after } of raced) {
    expect(came[1]).toBe('retried');
    expect(after.status).toBe(came[0] === 'canceled' ? 'canceled' : 'queued');
  }
});
