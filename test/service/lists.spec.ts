// A list holds exactly what its filters ask for, newest first, and paging loses nothing while others are added.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sourceOf, targetOf } from '../support/simulator.js';
import { openStage, type Stage, type View } from './stage.js';

interface Page {
  readonly items: readonly View[];
  readonly nextCursor: string | null;
}

const LATER = { notBefore: '2099-01-01T00:00:00.000Z', allowDuplicate: true };
let stage: Stage;
let stored: readonly View[];

/** Twelve that wait for their time, on three pairs, with two labels; and one that has failed. */
beforeAll(async () => {
  stage = await openStage({ pairs: { a: {}, b: {}, c: {} } });
  const views: View[] = [];
  for (let index = 0; index < 12; index += 1) {
    const labels = { team: index % 2 === 0 ? 'even' : 'odd' };
    const pair = ['a', 'b', 'c'][index % 3] ?? '';
    views.push(await stage.migrate(pair, { ...LATER, labels: index < 2 ? {} : labels }));
  }
  const failed = await stage.migrate('a', { dbInfo: { DBNames: ['nowhere'] } });
  await stage.reaches(failed.id, 'failed');
  stored = [...views, failed].reverse();
});
afterAll(() => stage?.close());

async function page(query: string): Promise<Page> {
  const answer = await stage.service.request.get(`/v1/migrations?${query}`).expect(200);
  return answer.body as Page;
}

const ids = (views: readonly View[]): readonly string[] => views.map(({ id }) => id);

async function found(query: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { items, nextCursor } = await page(new URLSearchParams(query).toString());
  expect(nextCursor).toBeNull();
  return ids(items);
}

it('lists all, newest first', async () => {
  expect(await found({})).toEqual(ids(stored));
});

it('finds by one status and by several', async () => {
  expect(await found({ status: 'scheduled' })).toEqual(ids(stored.slice(1)));
  expect(await found({ status: 'failed,canceled' })).toEqual(ids(stored.slice(0, 1)));
  expect(await found({ status: 'scheduled,failed' })).toEqual(ids(stored));
  expect(await found({ status: 'importing' })).toEqual([]);
});

it('finds by the source and by the target', async () => {
  const onA = stored.filter((_, index) => index === 0 || (12 - index) % 3 === 0);
  expect(await found({ instanceId: sourceOf('a') })).toEqual(ids(onA));
  expect(await found({ instanceId: targetOf('a').toUpperCase() })).toEqual(ids(onA));
  expect(await found({ instanceId: 'rm-nobody' })).toEqual([]);
});

it('finds by label, and by several conditions at once', async () => {
  const even = stored.filter((_, index) => index > 0 && index <= 10 && index % 2 === 0);
  expect(await found({ label: 'team:even' })).toEqual(ids(even));
  expect(await found({ label: 'team:nobody' })).toEqual([]);
  const both = even.filter((view) => stored.indexOf(view) % 3 === 0);
  expect(both.length).toBeGreaterThan(0);
  expect(
    await found({ label: 'team:even', instanceId: sourceOf('a'), status: 'scheduled' }),
  ).toEqual(ids(both));
});

it('finds by the time of acceptance', async () => {
  const middle = stored[6]?.createdAt ?? '';
  const newer = stored.filter(({ createdAt }) => createdAt > middle);
  const older = stored.filter(({ createdAt }) => createdAt < middle);
  expect(await found({ createdAfter: middle })).toEqual(ids(newer));
  expect(await found({ createdBefore: middle })).toEqual(ids(older));
  const first = stored.at(-1)?.createdAt ?? '';
  const between = older.filter(({ createdAt }) => createdAt > first);
  expect(await found({ createdAfter: first, createdBefore: middle })).toEqual(ids(between));
});

it.each(['limit=0', 'limit=201', 'cursor=rubbish', 'status=done', 'label=team', 'colour=red'])(
  'refuses %s',
  async (query) => {
    const answer = await stage.service.request.get(`/v1/migrations?${query}`).expect(422);
    expect(answer.body).toMatchObject({ code: 'validation_failed' });
  },
);

it('pages through all that was there, once each, while others are added', async () => {
  const seen: string[] = [];
  let cursor: string | null = '';
  let added = 0;
  while (cursor !== null) {
    const query: string = `limit=5${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const { items, nextCursor }: Page = await page(query);
    expect(items.length).toBeLessThanOrEqual(5);
    seen.push(...ids(items));
    cursor = nextCursor;
    await stage.migrate('b', LATER);
    added += 1;
  }
  expect(seen).toEqual(ids(stored));
  expect(added).toBe(3);
  expect((await page('limit=200')).items).toHaveLength(stored.length + added);
});
