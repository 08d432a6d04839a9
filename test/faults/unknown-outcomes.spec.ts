// An outcome that cannot be established stays unknown: nothing is sent again and the instances stay held.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../service/stage.js';
import { eventually } from '../support/eventually.js';
import { sourceOf, targetOf } from '../support/simulator.js';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    pairs: { reset: {}, hung: {}, behind: {} },
    env: { OUTCOME_GRACE_MS: '1000', UPSTREAM_TIMEOUT_MS: '800' },
  });
});
afterAll(() => stage?.close());

describe.concurrent('a call whose fate nobody can tell', () => {
  it.each([
    ['reset', { kind: 'reset_before' }],
    ['hung', { kind: 'hang' }],
  ])(
    '(%s) is outcome_unknown after the grace, keeps its instances, and is not sent again',
    async (...one) => {
      const [pair, fault] = one;
      stage.upstream.strike(pair, fault);
      const { id } = await stage.migrate(pair);
      const unknown = await stage.reaches(id, 'outcome_unknown');
      expect(unknown).toMatchObject({ importId: null, finishedAt: null, attempt: 1 });
      expect(unknown.reason).toMatchObject({ code: 'outcome_unknown', retryable: false });
      const waiter = await stage.migrate(pair, { targetInstanceId: targetOf('behind') });
      const blocked = await eventually(async () => {
        const view = await stage.see(waiter.id);
        expect(view.blockedBy).not.toEqual([]);
        return view;
      });
      expect(blocked.status).toBe('queued');
      expect(blocked.blockedBy).toEqual([{ instanceId: sourceOf(pair), migrationId: id }]);
      const held = await stage.redis.hmget(stage.key('leases'), sourceOf(pair), targetOf(pair));
      expect(held.map((lease) => lease?.split(' ')[0])).toEqual([id, id]);
      expect(stage.upstream.submissions(pair)).toHaveLength(1);
      expect(stage.upstream.runs(pair)).toEqual([]);
      expect((await stage.see(id)).status).toBe('outcome_unknown');
    },
  );
});
