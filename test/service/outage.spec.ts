// Upstream stops answering for a while, over real processes: nothing fails, nothing is held, and all goes on by itself.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { NOTHING_LEFT, openStage, type Stage } from './stage.js';

const PAIRS = Array.from({ length: 12 }, (_, index) => `p${index}`);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    pairs: Object.fromEntries(PAIRS.map((pair) => [pair, {}])),
    roles: ['all', 'worker'],
    env: { UPSTREAM_TIMEOUT_MS: '1000' },
  });
});
afterAll(() => stage?.close());

test.each([
  { when: 'answers 503', fault: { kind: 'code', code: 'ServiceUnavailable', status: 503 } },
  { when: 'throttles everything', fault: { kind: 'throttle' } },
])(
  'while it $when',
  async ({ fault }) => {
    stage.upstream.faults.set({ ...fault, times: -1 });
    const before = PAIRS.flatMap((pair) => stage.started(pair)).length;
    const all = await Promise.all(PAIRS.map((pair) => stage.migrate(pair)));
    for (const { id } of all) {
      await eventually(async () => {
        const view = await stage.see(id);
        expect(view.waitingFor).toMatchObject([{ kind: 'upstream_unavailable' }]);
        expect(view).toMatchObject({ status: 'queued', reason: null });
      }, 60_000);
    }
    await eventually(
      async () => expect(await stage.redis.hlen(stage.key('leases'))).toBe(0),
      60_000,
    );
    const metrics = await stage.service.request.get('/metrics').expect(200);
    expect(metrics.text).toMatch(/upstream_pauses_open(\{\})? 1/);
    const logs = stage.processes.map((one) => one.logs()).join('');
    expect(logs).toContain('upstream does not answer: submissions pause');

    stage.upstream.faults.clear();
    for (const { id } of all) await stage.succeeds(id, 90_000);
    expect(PAIRS.flatMap((pair) => stage.started(pair))).toHaveLength(before + PAIRS.length);
  },
  240_000,
);

test('leaves nothing behind', async () => {
  expect(await stage.left()).toEqual(NOTHING_LEFT);
});
