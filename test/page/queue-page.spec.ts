// The queue page in a real browser: it shows every queue, offers nothing that changes one, and needs nothing of elsewhere.
import assert from 'node:assert/strict';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobIdOf, TASKS } from '../../src/workers/queues.js';
import { openStage, type Stage } from '../service/stage.js';
import { openBrowser, type BrowserUnderTest, type Visit } from '../support/browser.js';

let stage: Stage;
let browser: BrowserUnderTest;
let queue: Queue;
beforeAll(async () => {
  [stage, browser] = await Promise.all([
    openStage({ pairs: { later: {} }, roles: ['api'] }),
    openBrowser(),
  ]);
  const options = { connection: stage.redis, prefix: stage.key('queue'), skipMetasUpdate: true };
  queue = new Queue('submit', options);
  const wake = { to: 'submit', migrationId: MIGRATION, version: '7', atMs: 0 } as const;
  await queue.add('submit', { id: MIGRATION }, { jobId: jobIdOf(wake) });
});
afterAll(async () => {
  await queue?.close();
  await browser?.close();
  await stage?.close();
});

const MIGRATION = 'mig_00000000000000000000000one';

/** As its user: the browser is asked for a password once, and keeps it. */
async function visit(path: string): Promise<Visit> {
  const { url, key } = { url: stage.service.url, key: stage.env['BOOTSTRAP_ADMIN_KEY'] ?? '' };
  const first = new URL('/queues', url);
  [first.username, first.password] = ['operator', key];
  const visited = await browser.visit(first.href);
  await visited.page.goto(new URL(path, url).href);
  return visited;
}

test('it shows every queue and its jobs, with nothing on it that changes one', async () => {
  const { page, complaints, shot, close } = await visit('/queues');
  for (const task of TASKS) {
    await page.getByRole('link', { name: task }).first().waitFor();
  }
  await shot('queues');
  await page.getByRole('link', { name: 'submit' }).first().click();
  await page.getByText(MIGRATION).first().waitFor();
  await shot('queues-submit');
  const words = await page.getByRole('button').allInnerTexts();
  const changing =
    /retry|remove|clean|promote|pause|resume|empty|obliterate|add job|duplicate|update/i;
  expect(words.filter((word) => changing.test(word))).toEqual([]);
  expect(complaints()).toEqual([]);
  await close();
});

test('one job, and each way in, is shown without a complaint of the browser', async () => {
  const places = ['/queues/', '/queues/queue/track', `/queues/queue/submit/${MIGRATION}-7`];
  const { page, complaints, shot, close } = await visit('/queues/queue/submit');
  for (const place of places) {
    await page.goto(new URL(place, stage.service.url).href);
    await page.getByRole('link', { name: 'submit' }).first().waitFor();
  }
  await page.getByText(MIGRATION).first().waitFor();
  await shot('queues-job');
  expect(complaints()).toEqual([]);
  await close();
});

test('what would change a queue is refused to its operator too, and changes nothing', async () => {
  const authorization = `Bearer ${stage.env['BOOTSTRAP_ADMIN_KEY'] ?? ''}`;
  const job = `${MIGRATION}-7`;
  const changes = [
    ['PUT', 'pause'],
    ['PUT', 'submit/pause'],
    ['PUT', 'submit/empty'],
    ['PUT', 'submit/obliterate'],
    ['PUT', 'submit/promote'],
    ['PUT', 'submit/clean/wait'],
    ['PUT', 'submit/retry/failed'],
    ['PUT', `submit/${job}/clean`],
    ['PUT', `submit/${job}/retry`],
    ['PATCH', `submit/${job}/update-data`],
    ['POST', 'submit/add'],
    ['DELETE', `submit/${job}`],
  ] as const;
  for (const [method, path] of changes) {
    const url = new URL(`/queues/api/queues/${path}`, stage.service.url);
    const answer = await fetch(url, { method, headers: { authorization } });
    expect([path, answer.status]).toEqual([path, 404]);
  }
  expect(await queue.isPaused()).toBe(false);
  const kept = await queue.getJob(job);
  assert(kept !== undefined);
  expect([await kept.getState(), kept.data]).toEqual(['waiting', { id: MIGRATION }]);
});

test('a key without the rights of the operator is shown no queue', async () => {
  const made = await stage.service.request
    .post('/v1/api-keys')
    .send({ name: 'other', tenant: 'acme', scopes: ['admin'] })
    .expect(201);
  const { key } = made.body as { readonly key: string };
  const authorization = `Basic ${Buffer.from(`x:${key}`).toString('base64')}`;
  for (const path of ['/queues', '/queues/api/queues', '/queues/static/images/logo.svg']) {
    const answer = await fetch(new URL(path, stage.service.url), { headers: { authorization } });
    expect([path, answer.status]).toEqual([path, 403]);
    expect(await answer.json()).toMatchObject({ code: 'forbidden' });
  }
});
