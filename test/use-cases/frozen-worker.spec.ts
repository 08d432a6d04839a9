// A worker may stand still at any of its port calls while another one goes on, and wake at any time later.
import { describe, expect, test } from 'vitest';
import { Counting, Freeze } from '../support/crash.js';
import type { SubmissionFault } from '../support/memory-cloud.js';
import { Invariants } from '../support/memory-invariants.js';
import { sampleOf } from '../support/sampling.js';
import { World, type Process, type WorldOptions } from '../support/memory-world.js';

/** Of the calls of a submission; `npm run test:exhaustive` freezes at every one. */
const SAMPLED_CALLS = 6;
const MINUTE_MS = 60_000;
const PATIENCE_MS = 120 * MINUTE_MS;

/** A migration that has been granted its instances: what is next is its submission. */
async function granted(options: WorldOptions, tap: Freeze | Counting) {
  const world = new World(options);
  const invariants = new Invariants(world);
  const other = world.boot();
  const id = await other.accept(world.request());
  await other.look({ to: 'schedule', migrationId: id, version: '1', atMs: 0 });
  const worker = world.boot(tap);
  return { world, invariants, other, worker, submit: async () => look(worker, id) };
}

const look = (process: Process, migrationId: string): Promise<void> =>
  process.look({ to: 'submit', migrationId, version: '2', atMs: 0 });

async function callsOfSubmission(options: WorldOptions): Promise<number> {
  const counting = new Counting();
  const { submit } = await granted(options, counting);
  await submit();
  return counting.calls.length;
}

const SLEEPS = [
  { name: 'a moment', ms: 1_000 },
  { name: 'past the age of an intent', ms: 70_000 },
  { name: 'past the grace', ms: 5 * MINUTE_MS },
  { name: 'past the fence', ms: 50 * MINUTE_MS },
];

describe.each(['operator', 'resubmit'] as const)('with UNKNOWN_POLICY=%s', (policy) => {
  describe.each(['MySQL', 'SQLServer'] as const)('%s', (engine) => {
    describe.each([null, 'reply_lost', 'delayed'] as const)('fault %s', (fault) => {
      test.each(SLEEPS)('frozen at any call for $name, it doubles nothing', async ({ ms }) => {
        const options: WorldOptions = { policy, cloud: { engine } };
        const calls = await callsOfSubmission(options);
        expect(calls).toBeGreaterThan(10);
        const all = Array.from({ length: calls }, (_, index) => index + 1);
        const name = `${policy} ${engine} ${fault} ${ms}`;
        for (const call of sampleOf(name, all, SAMPLED_CALLS)) {
          await freezeAt({ call, ms, options, fault });
        }
      });
    });
  });
});

interface Sleep {
  readonly call: number;
  readonly ms: number;
  readonly options: WorldOptions;
  readonly fault: SubmissionFault | null;
}

async function freezeAt({ call, ms, options, fault }: Sleep): Promise<void> {
  const freeze = new Freeze(call);
  const { world, invariants, other, submit } = await granted(options, freeze);
  if (fault !== null) world.cloud.faults.push(fault);
  const frozen = submit();
  await freeze.frozen;
  await other.work(ms);
  world.clock.moveBy(1_000);
  freeze.thaw();
  await frozen;
  await other.work(PATIENCE_MS);
  expect(invariants.violationsAtEnd()).toEqual([]);
}

test('a worker that stops after its intent sends nothing once the intent has grown old', async () => {
  const freeze = new Freeze('confirm');
  const { world, invariants, other, submit } = await granted({}, freeze);
  const frozen = submit();
  await freeze.frozen;
  await other.work(5 * MINUTE_MS);
  expect(world.migrations).toMatchObject([{ status: 'outcome_unknown' }]);
  freeze.thaw();
  await frozen;
  expect(world.cloud.requests).toEqual([]);
  expect(world.migrations).toMatchObject([{ status: 'outcome_unknown', attempt: 1 }]);
  expect(invariants.violations()).toEqual([]);
});

test('an intent that Redis may have lost is not sent, and its attempt is never used again', async () => {
  const freeze = new Freeze('apply');
  const { world, invariants, other, submit } = await granted({}, freeze);
  const frozen = submit();
  await freeze.frozen;
  other.durability.watch();
  world.redis.counters = { ...world.redis.counters, intents: 0 };
  other.durability.watch();
  freeze.thaw();
  await frozen;
  expect(world.cloud.requests).toEqual([]);
  expect(world.migrations).toMatchObject([{ status: 'checking', attempt: 2 }]);
  await other.work(PATIENCE_MS);
  expect(world.migrations).toMatchObject([{ status: 'succeeded' }]);
  expect(invariants.violationsAtEnd()).toEqual([]);
});

test('a late answer still binds the import that another worker only saw running', async () => {
  const freeze = new Freeze('send');
  const options: WorldOptions = { cloud: { hasListing: false, importMs: 30 * MINUTE_MS } };
  const { world, invariants, other, submit } = await granted(options, freeze);
  const frozen = submit();
  await freeze.frozen;
  await other.work(5 * MINUTE_MS);
  expect(world.migrations).toMatchObject([{ status: 'importing', importId: null }]);
  freeze.thaw();
  await frozen;
  expect(world.migrations).toMatchObject([{ status: 'importing', importId: '1000' }]);
  await other.work(PATIENCE_MS);
  expect(invariants.violationsAtEnd()).toEqual([]);
});

test('a late answer ends the doubt of an unknown outcome, and its reason goes with it', async () => {
  const freeze = new Freeze('send');
  const options: WorldOptions = { cloud: { hasListing: false, importMs: 1_000 } };
  const { world, other, submit } = await granted(options, freeze);
  const frozen = submit();
  await freeze.frozen;
  await other.work(5 * MINUTE_MS);
  expect(world.migrations).toMatchObject([{ status: 'outcome_unknown' }]);
  freeze.thaw();
  await frozen;
  expect(world.migrations).toMatchObject([
    { status: 'importing', importId: '1000', reason: null, search: null },
  ]);
});

test('two workers with the same job send one request', async () => {
  const { world, worker, other, submit } = await granted({}, new Counting());
  const [id = ''] = world.redis.records.keys();
  await Promise.all([submit(), look(other, id), look(worker, id)]);
  expect(world.cloud.requests).toHaveLength(1);
});

test('after the signal to stop no call begins, and the next process makes it', async () => {
  const freeze = new Freeze('confirm');
  const { world, invariants, worker, other, submit } = await granted({}, freeze);
  const frozen = submit();
  await freeze.frozen;
  worker.shutdown.isUnderWay = true;
  freeze.thaw();
  await frozen;
  expect(world.cloud.requests).toEqual([]);
  await other.work(PATIENCE_MS);
  expect(world.migrations).toMatchObject([{ status: 'succeeded', attempt: 2 }]);
  expect(invariants.violationsAtEnd()).toEqual([]);
});
