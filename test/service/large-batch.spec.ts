// Ten thousand migrations in one request: others are answered meanwhile, and they are listed whole while others arrive.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage, type View } from './stage.js';

const COUNT = 10_000;

let stage: Stage;

beforeAll(async () => {
  // Nothing works on them: this is about accepting and reading.
  stage = await openStage({ pairs: { a: {} }, roles: ['api'] });
});
afterAll(() => stage?.close());

const migrations = Array.from({ length: COUNT }, (_, index) => ({
  sourceInstanceId: `rm-src${index % 300}x`,
  targetInstanceId: `rm-dst${index % 301}x`,
  dbInfo: { DBNames: [`db${index}`, `more${index}`] },
  labels: { wave: String(index % 9) },
}));

test('10,000 are accepted, others are answered meanwhile, and the list shows each once', async () => {
  const { request } = stage.service;
  const accepting = request
    .post('/v1/batches')
    .send({ credentialId: stage.credentialId, migrations })
    .expect(202)
    .then((answer) => (answer.body as { id: string }).id);
  let others = 0;
  const accepted = accepting.then(() => true);
  const oneMore = async (): Promise<boolean> => {
    await request.get('/health/live').expect(200);
    others += 1;
    return Promise.race([accepted, Promise.resolve(false)]);
  };
  while (!(await oneMore()));
  const id = await accepting;
  // The event loop came to them in between.
  expect(others).toBeGreaterThan(5);
  const seen = new Set<string>();
  let cursor = '';
  do {
    const path = `/v1/migrations?batchId=${id}&limit=200${cursor}`;
    const answer = await request.get(path).expect(200);
    const page = answer.body as { items: readonly View[]; nextCursor: string | null };
    for (const one of page.items) seen.add(one.id);
    cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    if (seen.size % 2_000 === 0) {
      await stage.migrate('a', { allowDuplicate: true });
    }
  } while (cursor !== '');
  expect(seen.size).toBe(COUNT);
  const view = await request.get(`/v1/batches/${id}`).expect(200);
  expect(view.body).toMatchObject({ status: 'running', counts: { total: COUNT, queued: COUNT } });
}, 120_000);
