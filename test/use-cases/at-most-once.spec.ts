// A process may die at any of its port calls: the next one finishes the work, and nothing is submitted twice.
import { describe, expect, test } from 'vitest';
import { Counting, Crash, crashAfter, crashBefore, type Tap } from '../support/crash.js';
import type { CloudOptions, SubmissionFault } from '../support/memory-cloud.js';
import { Invariants } from '../support/memory-invariants.js';
import { World, type WorldOptions } from '../support/memory-world.js';
import { sampleOf } from '../support/sampling.js';

const MINUTE_MS = 60_000;
/** Of each scene's calls; `npm run test:exhaustive` crashes at every one. */
const SAMPLED_CALLS = 12;
/** Long enough for a submission fence, the attempt after it, and the import. */
const PATIENCE_MS = { operator: 40 * MINUTE_MS, resubmit: 120 * MINUTE_MS };

interface Scene {
  readonly name: string;
  readonly fault?: SubmissionFault;
  readonly cloud?: Partial<CloudOptions>;
}

const SCENES: readonly Scene[] = [
  { name: 'nothing else goes wrong' },
  { name: 'nothing is sent at first', fault: 'not_sent' },
  { name: 'the call is throttled', fault: 'throttled' },
  { name: 'upstream fails before it accepts', fault: 'error_before' },
  { name: 'upstream fails after it accepted', fault: 'error_after' },
  { name: 'the answer is lost', fault: 'reply_lost' },
  { name: 'the answer has no ImportId', fault: 'no_import_id' },
  { name: 'the request arrives ten minutes later', fault: 'delayed' },
  { name: 'upstream refuses as busy', fault: 'busy_before' },
  { name: 'upstream accepts and answers as busy', fault: 'busy_after' },
  {
    name: 'upstream accepts, answers as busy and lists late',
    fault: 'busy_after',
    cloud: { visibleAfterMs: 110_000, importMs: 20_000 },
  },
  {
    name: 'the answer is lost and imports are listed late',
    fault: 'reply_lost',
    cloud: { visibleAfterMs: 110_000 },
  },
  {
    name: 'the answer is lost and upstream has no listing',
    fault: 'reply_lost',
    cloud: { hasListing: false },
  },
  { name: 'the import fails', cloud: { succeeds: false } },
];

const WAYS = [
  { when: 'before', crash: crashBefore },
  { when: 'after', crash: crashAfter },
] as const;

/** From the acceptance to the end, as far as the process lives. */
async function live(world: World, tap: Tap): Promise<void> {
  const process = world.boot(tap);
  await process.accept(world.request(), 'key-1');
  await process.work(PATIENCE_MS[world.settings.unknownPolicy]);
}

/** The process dies; whoever sent the request sends it again, to the next process. */
async function crashAndGoOn(options: WorldOptions, scene: Scene, tap: Tap): Promise<World> {
  const world = new World(options);
  if (scene.fault !== undefined) world.cloud.faults.push(scene.fault);
  const invariants = new Invariants(world);
  await expect(live(world, tap)).rejects.toThrow(Crash);
  const afterCrash = invariants.violations();
  await live(world, new Counting());
  const violations = [...afterCrash, ...invariants.violationsAtEnd()];
  expect(violations).toEqual([]);
  expect(world.migrations).toHaveLength(1);
  return world;
}

describe.each(['MySQL', 'SQLServer'] as const)('%s', (engine) => {
  describe.each(['operator', 'resubmit'] as const)('with UNKNOWN_POLICY=%s', (policy) => {
    describe.each(SCENES)('when $name', (scene) => {
      const options: WorldOptions = { policy, cloud: { engine, ...scene.cloud } };

      test.each(WAYS)('a crash $when any port call loses nothing', async ({ when, crash }) => {
        const whole = new Counting();
        const world = new World(options);
        if (scene.fault !== undefined) world.cloud.faults.push(scene.fault);
        await live(world, whole);
        expect(whole.calls.length).toBeGreaterThan(20);
        const points = Math.min(whole.calls.length, 90);
        const calls = Array.from({ length: points }, (_, index) => index + 1);
        const name = `${engine} ${policy} ${scene.name} ${when}`;
        for (const call of sampleOf(name, calls, SAMPLED_CALLS)) {
          await crashAndGoOn(options, scene, crash(call));
        }
      });
    });
  });
});

test('without any fault the one import ends bound, and nothing is left', async () => {
  const world = new World();
  const invariants = new Invariants(world);
  await live(world, new Counting());
  expect(invariants.violationsAtEnd()).toEqual([]);
  expect(world.cloud.accepted).toHaveLength(1);
  expect(world.migrations).toMatchObject([{ status: 'succeeded', importId: '1000', attempt: 1 }]);
});

test('a crash between the intent and the call is never answered with a second call', async () => {
  const world = new World();
  const calls = new Counting();
  await live(world, calls);
  const send = calls.calls.indexOf('send') + 1;
  const after = await crashAndGoOn({}, { name: 'none' }, crashBefore(send));
  expect(after.cloud.requests).toEqual([]);
  expect(after.migrations).toMatchObject([{ status: 'outcome_unknown' }]);
});

test('with UNKNOWN_POLICY=resubmit that call is made after the fence, under a new nonce', async () => {
  const world = new World({ policy: 'resubmit' });
  const calls = new Counting();
  await live(world, calls);
  const send = calls.calls.indexOf('send') + 1;
  const after = await crashAndGoOn({ policy: 'resubmit' }, { name: 'none' }, crashBefore(send));
  const [only] = after.cloud.accepted;
  expect(after.cloud.accepted).toHaveLength(1);
  expect(only?.attempt).toBe(2);
  const begun = after.migrations[0]?.createdAt ?? 0;
  expect((only?.at ?? 0) - begun).toBeGreaterThanOrEqual(world.settings.submissionFenceMs);
  expect(after.migrations).toMatchObject([{ status: 'succeeded' }]);
});
