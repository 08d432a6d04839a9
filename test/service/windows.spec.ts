// Outside of its window a batch submits nothing; when the time has come, it runs.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runsOf } from '../support/fleet.js';
import { startService } from '../support/service.js';
import { sourceOf, targetOf } from '../support/simulator.js';
import { openStage, type Stage, type View } from './stage.js';

const HOUR_MS = 3_600_000;
const PAIRS = ['w0', 'w1', 'w2'];

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ pairs: Object.fromEntries(PAIRS.map((pair) => [pair, {}])) });
});
afterAll(() => stage.close());

/** For NODE_OPTIONS: loaded before the service, whose clock is then that much ahead of the real one. */
function clockAhead(movedMs: number): string {
  const now = `now() + ${movedMs}`;
  const moved = [
    'const now = Date.now.bind(Date);',
    'globalThis.Date = new Proxy(Date, {',
    `  construct: (it, parts) => Reflect.construct(it, parts.length === 0 ? [${now}] : parts),`,
    `  get: (it, name) => (name === 'now' ? () => ${now} : Reflect.get(it, name)),`,
    '});',
  ];
  return `--import data:text/javascript,${encodeURIComponent(moved.join('\n'))}`;
}

/** `HH:MM` in UTC. */
const clock = (atMs: number): string => new Date(atMs).toISOString().slice(11, 16);

async function members(id: string): Promise<readonly View[]> {
  const answer = await stage.service.request.get(`/v1/migrations?batchId=${id}`).expect(200);
  return (answer.body as { items: readonly View[] }).items;
}

test('a batch waits for its window to open, says until when, and runs inside of it', async () => {
  const opens = Date.now() + 3 * HOUR_MS;
  const window = { start: clock(opens), end: clock(opens + HOUR_MS), timeZone: 'UTC' };
  const answer = await stage.service.request
    .post('/v1/batches')
    .send({
      ...{ credentialId: stage.credentialId, window },
      migrations: PAIRS.map((pair) => ({
        ...{ sourceInstanceId: sourceOf(pair), targetInstanceId: targetOf(pair) },
        dbInfo: { DBNames: ['orders'] },
      })),
    })
    .expect(202);
  const { id } = answer.body as { id: string };
  expect(answer.body).toMatchObject({ status: 'running', counts: { scheduled: 3 } });
  const untilMs = Math.floor(opens / 60_000) * 60_000;
  const until = new Date(untilMs).toISOString();
  for (const one of await members(id)) {
    expect(one).toMatchObject({ status: 'scheduled', waitingFor: [{ kind: 'window', until }] });
  }
  expect(runsOf(stage.upstream)).toEqual([]);

  await stage.service.stop();
  const movedMs = 3 * HOUR_MS + 60_000;
  stage.upstream.world.clock.advance(movedMs);
  const moved = { ...stage.env, NODE_OPTIONS: clockAhead(movedMs) };
  stage.processes.push(await startService({ env: moved }));
  for (const { id: member } of await members(id)) await stage.succeeds(member, 30_000);
  const runs = runsOf(stage.upstream);
  expect(runs).toHaveLength(3);
  for (const { startedAt } of runs) {
    expect(startedAt).toBeGreaterThanOrEqual(untilMs);
    expect(startedAt).toBeLessThan(untilMs + HOUR_MS);
  }
  const view = await stage.service.request.get(`/v1/batches/${id}`).expect(200);
  expect(view.body).toMatchObject({ status: 'succeeded' });
}, 60_000);
