// Many requests with one Idempotency-Key make one thing, also when the api that was answering them is killed in the middle.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { item } from '../http/batch-bodies.js';
import { openStage, type Stage, type View } from '../service/stage.js';
import type { ServiceProcess } from '../support/service.js';

const AT_ONCE = 50;
const IDS = /^(mig|bat|cred)_/;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    pairs: { calm: {}, storm: {}, other: {} },
    roles: ['api', 'api', 'worker'],
  });
});
afterAll(() => stage?.close());

interface Answer {
  readonly status: number;
  readonly id: string;
  readonly isReplay: boolean;
}

const apis = (): readonly ServiceProcess[] => stage.processes.filter(({ url }) => url !== '');

/** Null: nobody knows what became of it, as the connection broke. */
async function post(api: ServiceProcess, path: string, key: string, body: object) {
  const sent = api.request.post(path).set('idempotency-key', key).send(body);
  const answer = await sent.then(
    (response) => response,
    () => null,
  );
  if (answer === null) return null;
  const { id } = answer.body as { readonly id?: string };
  const isReplay = answer.headers['idempotent-replayed'] === 'true';
  return { status: answer.status, id: id ?? '', isReplay } satisfies Answer;
}

/** One that is told to wait asks again, as a client does. */
async function insist(api: ServiceProcess, path: string, key: string, body: object) {
  for (;;) {
    const answer = await post(api, path, key, body);
    if (answer?.status !== 409) return answer;
  }
}

function expectOne(answers: readonly (Answer | null)[]): string {
  const known = answers.filter((answer) => answer !== null);
  expect(new Set(known.map(({ status }) => Math.floor(status / 100)))).toEqual(new Set([2]));
  const ids = new Set(known.map(({ id }) => id));
  expect(ids.size).toBe(1);
  const [id = ''] = ids;
  expect(id).toMatch(IDS);
  return id;
}

const listed = async (path: string): Promise<readonly View[]> => {
  const answer = await stage.service.request.get(path).expect(200);
  return (answer.body as { readonly items: readonly View[] }).items;
};

const burst = (path: string, key: string, body: object) =>
  Array.from({ length: AT_ONCE }, async (_, n) => {
    const all = apis();
    const api = all[n % all.length];
    return api === undefined ? null : insist(api, path, key, body);
  });

test('50 at once over two processes make one migration and one import', async () => {
  const answers = await Promise.all(burst('/v1/migrations', 'calm', stage.body('calm')));
  const id = expectOne(answers);
  expect(answers.filter((answer) => answer?.isReplay === false)).toHaveLength(1);
  await stage.succeeds(id);
  expect(stage.upstream.submissions('calm')).toHaveLength(1);
  expect(await listed('/v1/migrations?instanceId=rm-calmsrc')).toHaveLength(1);
}, 60_000);

test('50 at once of each kind, one process killed amid them: sent again they are one of each', async () => {
  const credential = { name: 'storm', type: 'access_key', regionId: 'cn-hangzhou' };
  const kinds = [
    ['/v1/migrations', 'storm-1', stage.body('storm')],
    [
      '/v1/batches',
      'storm-2',
      {
        ...{ name: 'storm', credentialId: stage.credentialId, migrations: [item(1), item(2)] },
        notBefore: '2099-01-01T00:00:00.000Z',
      },
    ],
    [
      '/v1/credentials',
      'storm-3',
      { ...credential, accessKeyId: 'LTAI00000099', accessKeySecret: 'storm-secret' },
    ],
  ] as const;
  const [victim, survivor] = apis();
  if (victim === undefined || survivor === undefined) throw new Error('two are needed');
  const first = kinds.map(([path, key, body]) => burst(path, key, body));
  // Some are answered then, some are under way, some were not read yet.
  await Promise.race(first.flat());
  await victim.kill();
  const answers = await Promise.all(first.map((each) => Promise.all(each)));
  expect(answers.flat().filter((answer) => answer === null).length).toBeGreaterThan(0);
  stage.processes.splice(stage.processes.indexOf(victim), 1);

  const ids: string[] = [];
  for (const [index, [path, key, body]] of kinds.entries()) {
    const again = await Promise.all(burst(path, key, body));
    expect(again).not.toContain(null);
    ids.push(expectOne([...(answers[index] ?? []), ...again]));
  }
  const [migrationId = '', batchId = '', credentialId = ''] = ids;
  const end = await stage.succeeds(migrationId);
  expect(stage.started('storm')).toEqual([end.importId]);
  expect(stage.upstream.submissions('storm')).toHaveLength(1);
  expect(await listed('/v1/migrations?instanceId=rm-stormsrc')).toHaveLength(1);
  expect((await listed('/v1/batches')).map(({ id }) => id)).toEqual([batchId]);
  expect(await listed(`/v1/migrations?batchId=${batchId}`)).toHaveLength(2);
  const stored = (await listed('/v1/credentials')) as readonly { id: string; name?: string }[];
  const named = stored.filter(({ name }) => name === 'storm');
  expect(named.map(({ id }) => id)).toEqual([credentialId]);
}, 90_000);
