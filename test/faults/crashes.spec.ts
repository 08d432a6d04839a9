// kill -9 at the worst moments, and an orderly end: nothing that was accepted is lost, nothing is sent twice.
import { describe, expect, it, type TestContext } from 'vitest';
import {
  NOTHING_LEFT,
  openStage,
  type Stage,
  type StageOptions,
  type View,
} from '../service/stage.js';
import { eventually } from '../support/eventually.js';
import { targetOf } from '../support/simulator.js';

/** A stage of one test, which ends with it. */
async function staged({ onTestFinished }: TestContext, options: StageOptions): Promise<Stage> {
  const stage = await openStage(options);
  onTestFinished(() => stage.close());
  return stage;
}

const received = (stage: Stage, pair: string): Promise<void> =>
  eventually(() => expect(stage.upstream.submissions(pair)).toHaveLength(1));

describe.concurrent('what is under way', () => {
  /** Another process may look only when the dead one can no longer send: 30 s and a timeout after the intent. */
  it('when the only worker is killed as upstream receives the call is taken up by the next', async (context) => {
    const stage = await staged(context, {
      pairs: { hit: {}, running: { importMs: 2_000 }, behind: {} },
      roles: ['api', 'worker'],
      env: { UPSTREAM_TIMEOUT_MS: '2000' },
    });
    const running = await stage.migrate('running');
    await stage.reaches(running.id, 'importing');
    const behind = await stage.migrate('running', { targetInstanceId: targetOf('behind') });
    stage.upstream.strike('hit', { kind: 'slow', delayMs: 1_500 });
    const hit = await stage.migrate('hit');
    await received(stage, 'hit');
    await stage.processes.find(({ url }) => url === '')?.kill();
    expect(await stage.see(hit.id)).toMatchObject({ status: 'submitting', importId: null });
    await stage.launch('worker');
    const ends = [
      await stage.succeeds(running.id, 40_000),
      await stage.succeeds(behind.id, 40_000),
    ];
    const end = await stage.succeeds(hit.id, 60_000);
    expect(end.attempt).toBe(1);
    expect(stage.upstream.submissions('hit')).toHaveLength(1);
    expect(stage.started('hit')).toEqual([end.importId]);
    expect(new Set([...ends, end].map(({ importId }) => importId)).size).toBe(3);
    expect(stage.upstream.world.runs()).toHaveLength(3);
    expect(await stage.left()).toEqual(NOTHING_LEFT);
  }, 90_000);

  it('when the api is killed right after a 202 is not lost', async (context) => {
    const names = Array.from({ length: 8 }, (_, index) => `p${index}`);
    const pairs = Object.fromEntries(names.map((name) => [name, { importMs: 100 }]));
    const stage = await staged(context, { pairs, roles: ['api', 'worker'] });
    const accepted: View[] = [];
    const crash: Promise<void>[] = [];
    await Promise.allSettled(
      names.map(async (name) => {
        accepted.push(await stage.migrate(name));
        if (crash.length === 0) crash.push(stage.service.kill());
      }),
    );
    await Promise.all(crash);
    expect(accepted.length).toBeGreaterThan(0);
    await stage.launch('api');
    for (const { id } of accepted) await stage.succeeds(id);
    for (const name of names) expect(stage.upstream.submissions(name).length).toBeLessThan(2);
  }, 40_000);

  it('when sent again with its Idempotency-Key to a new api is the same migration', async (context) => {
    const stage = await staged(context, { pairs: { one: {} }, roles: ['api', 'worker'] });
    const send = () =>
      stage.service.request
        .post('/v1/migrations')
        .set('idempotency-key', 'again')
        .send(stage.body('one'));
    const first = await send().expect(202);
    await stage.service.kill();
    await stage.launch('api');
    const again = await send().expect(202);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.text).toBe(first.text);
    await stage.succeeds((first.body as View).id);
    expect(stage.upstream.submissions('one')).toHaveLength(1);
  }, 40_000);

  it('stands in Redis before upstream hears of it, and is bound before an orderly end', async (context) => {
    const stage = await staged(context, { pairs: { slow: {} } });
    stage.upstream.strike('slow', { kind: 'slow', delayMs: 1_500 });
    const { id } = await stage.migrate('slow');
    await received(stage, 'slow');
    const [call] = stage.upstream.submissions('slow');
    expect((await stage.see(id)).status).toBe('submitting');
    const doc = await stage.redis.hget(stage.key('mig', id), 'doc');
    expect(JSON.parse(doc ?? '{}')).toMatchObject({
      status: 'submitting',
      intent: { attempt: 1, nonce: call?.nonce },
    });
    const since = performance.now();
    expect(await stage.service.stop()).toBe(0);
    expect(performance.now() - since).toBeLessThan(10_000);
    const calls = stage.upstream.journal.entries().length;
    const after = await stage.redis.hget(stage.key('mig', id), 'doc');
    expect(JSON.parse(after ?? '{}')).toMatchObject({
      status: 'importing',
      importId: call?.importId,
    });
    await stage.launch();
    const end = await stage.succeeds(id);
    expect(stage.upstream.journal.entries().length).toBeGreaterThan(calls);
    expect(stage.started('slow')).toEqual([end.importId]);
    expect(stage.upstream.submissions('slow')).toHaveLength(1);
    expect(await stage.left()).toEqual(NOTHING_LEFT);
  }, 40_000);

  it('when it ends orderly although a call hangs leaves it as submitting for the next process', async (context) => {
    const stage = await staged(context, {
      pairs: { hung: {} },
      env: { UPSTREAM_TIMEOUT_MS: '30000' },
    });
    stage.upstream.strike('hung', { kind: 'hang', executed: true });
    const { id } = await stage.migrate('hung');
    await received(stage, 'hung');
    const since = performance.now();
    expect(await stage.service.stop()).toBe(0);
    // The call hangs for longer: it is not waited for.
    expect(performance.now() - since).toBeLessThan(20_000);
    const doc = await stage.redis.hget(stage.key('mig', id), 'doc');
    expect(JSON.parse(doc ?? '{}')).toMatchObject({ status: 'submitting', importId: null });
    expect(stage.upstream.submissions('hung')).toHaveLength(1);
  }, 40_000);
});
