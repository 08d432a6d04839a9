// To another tenant nothing of a tenant exists: not by its id, in no list, no cursor, no filter, no refusal, and not as a holder.
import type supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerOf } from '../support/documented.js';
import { eventually } from '../support/eventually.js';
import { openStage, type Stage, type View } from './stage.js';

type Agent = ReturnType<typeof supertest.agent>;

let stage: Stage;
let ours: Agent;
let theirs: Agent;
let own: Owned;
let foreignCredential: string;

/** What the tenant has whose things the other one asks for. */
interface Owned {
  readonly migration: string;
  readonly importId: string;
  readonly batch: string;
  readonly credential: string;
  readonly cursor: string;
}

async function tenant(name: string): Promise<Agent> {
  const answer = await stage.service.request
    .post('/v1/api-keys')
    .send({
      ...{ name, tenant: name },
      scopes: ['migrations:read', 'migrations:write', 'credentials:read', 'credentials:write'],
    })
    .expect(201);
  const { key } = answer.body as { readonly key: string };
  return callerOf(stage.service.url).set('authorization', `Bearer ${key}`);
}

async function credentialOf(agent: Agent): Promise<string> {
  const { id, secret } = stage.upstream.key;
  const answer = await agent
    .post('/v1/credentials')
    .send({ name: 'own', type: 'access_key', regionId: 'cn-hangzhou' })
    .send({ accessKeyId: id, accessKeySecret: secret })
    .expect(201);
  return (answer.body as { readonly id: string }).id;
}

const later = { notBefore: '2099-01-01T00:00:00.000Z' };

async function migrate(agent: Agent, pair: string, more: object): Promise<View> {
  const answer = await agent.post('/v1/migrations').send(stage.body(pair, more)).expect(202);
  return answer.body as View;
}

beforeAll(async () => {
  stage = await openStage({ pairs: { done: {}, held: { importMs: 600_000 }, twin: {} } });
  [ours, theirs] = [await tenant('acme'), await tenant('rival')];
  const credential = await credentialOf(ours);
  foreignCredential = await credentialOf(theirs);
  const labels = { labels: { team: 'secret' } };
  const done = await migrate(ours, 'done', { credentialId: credential, ...labels });
  await stageSees(ours, done.id, 'succeeded');
  const batch = await ours
    .post('/v1/batches')
    .send({
      credentialId: credential,
      ...later,
      migrations: [stage.body('twin', { credentialId: credential })],
    })
    .expect(202);
  const { importId } = (await ours.get(`/v1/migrations/${done.id}`)).body as View;
  const page = await ours.get('/v1/migrations?limit=1').expect(200);
  own = {
    ...{ migration: done.id, importId: importId ?? '', credential },
    batch: (batch.body as { readonly id: string }).id,
    cursor: (page.body as { readonly nextCursor: string }).nextCursor,
  };
});
afterAll(() => stage?.close());

async function stageSees(agent: Agent, id: string, status: string): Promise<void> {
  await eventually(async () => {
    expect((await agent.get(`/v1/migrations/${id}`)).body).toMatchObject({ status });
  }, 20_000);
}

const ROUTES = [
  ['get', 'migrations', ''],
  ...(['cancel', 'retry'] as const).map((act) => ['post', 'migrations', `/${act}`] as const),
  ['post', 'migrations', '/resolve', { outcome: 'not_started' }],
  ['get', 'batches', ''],
  ...(['pause', 'resume', 'cancel', 'retry-failed'] as const).map(
    (act) => ['post', 'batches', `/${act}`] as const,
  ),
  ['get', 'credentials', ''],
  ['patch', 'credentials', '', { name: 'taken' }],
  ['post', 'credentials', '/verify'],
  ['delete', 'credentials', ''],
  ['get', 'imports', ''],
] as const;

const idOf = (kind: (typeof ROUTES)[number][1]): string =>
  ({
    ...{ migrations: own.migration, batches: own.batch },
    ...{ credentials: own.credential, imports: own.importId },
  })[kind];

describe("another tenant's id", () => {
  it.each(ROUTES)('%s /v1/%s/{id}%s is the same 404 as an unknown one', async (...route) => {
    const [method, kind, act, body] = route;
    const id = idOf(kind);
    const unknown =
      kind === 'imports' ? '999999999' : `${id.slice(0, 5)}${'0'.repeat(26)}`.slice(0, id.length);
    const [foreign, missing] = await Promise.all(
      [id, unknown].map((one) => theirs[method](`/v1/${kind}/${one}${act}`).send(body)),
    );
    expect(foreign?.status).toBe(404);
    const shown = (answer: typeof foreign) => {
      const { requestId: _, ...rest } = (answer?.body ?? {}) as { readonly requestId?: string };
      return rest;
    };
    expect(shown(foreign)).toEqual(shown(missing));
    expect(foreign?.text).not.toContain(id);
  });

  it('is in no list, whatever cursor or filter asks for it', async () => {
    const queries = ['', `?cursor=${own.cursor}`, '?instanceId=rm-donesrc', '?label=team:secret'];
    queries.push(`?batchId=${own.batch}`, '?status=succeeded');
    const paths = queries.map((query) => `/v1/migrations${query}`);
    paths.push(
      '/v1/batches',
      `/v1/batches?cursor=${own.cursor}`,
      `/v1/credentials?cursor=${own.cursor}`,
    );
    for (const path of paths) {
      const answer = await theirs.get(path);
      const { items = [] } = answer.body as { readonly items?: readonly unknown[] };
      const isRefused = answer.status === 422;
      expect({ path, status: answer.status, items }).toEqual({
        path,
        status: isRefused ? 422 : 200,
        items: path.startsWith('/v1/credentials') ? items : [],
      });
      expect(answer.text).not.toContain(own.credential);
    }
    const { text } = await theirs.get('/v1/credentials').expect(200);
    expect(text).not.toContain(own.credential);
  });

  it('cannot be used as a credential, not even to learn that it is there', async () => {
    const answers = await Promise.all(
      [own.credential, `cred_${'0'.repeat(26)}`].flatMap((credentialId) =>
        ['/v1/migrations', '/v1/migrations/preflight'].map(async (path) => {
          const answer = await theirs.post(path).send(stage.body('twin', { credentialId }));
          const { requestId: _, ...rest } = answer.body as { requestId: string };
          return { path, status: answer.status, rest };
        }),
      ),
    );
    const [a, b, c, d] = answers;
    expect([a, b]).toEqual([c, d]);
    expect(a).toMatchObject({ status: 422 });
  });
});

describe('the same request of two tenants', () => {
  it('with the same Idempotency-Key makes two migrations, and neither is the duplicate of the other', async () => {
    const made = await Promise.all(
      (
        [
          [ours, own.credential],
          [theirs, foreignCredential],
        ] as const
      ).map(async ([agent, credentialId]) => {
        const answer = await agent
          .post('/v1/migrations')
          .set('idempotency-key', 'shared')
          .send(stage.body('done', { credentialId, ...later }))
          .expect(202);
        expect(answer.headers['idempotent-replayed']).toBeUndefined();
        return (answer.body as View).id;
      }),
    );
    expect(new Set(made).size).toBe(2);
    const again = await theirs
      .post('/v1/migrations')
      .send(stage.body('done', { credentialId: foreignCredential, ...later }))
      .expect(409);
    expect(again.text).toContain(made[1]);
    expect(again.text).not.toContain(made[0]);
  });

  it('for one instance waits without a word of who holds it', async () => {
    const holder = await migrate(ours, 'held', { credentialId: own.credential });
    await stageSees(ours, holder.id, 'importing');
    const waiter = await migrate(theirs, 'held', { credentialId: foreignCredential });
    const seen = await eventually(async () => {
      const view = (await theirs.get(`/v1/migrations/${waiter.id}`)).body as View;
      expect(view.blockedBy).toHaveLength(2);
      return view;
    });
    expect(seen.blockedBy.map(({ migrationId }) => migrationId)).toEqual([null, null]);
    const report = await theirs
      .post('/v1/migrations/preflight')
      .send(stage.body('held', { credentialId: foreignCredential }))
      .expect(200);
    expect(report.text).toContain('instances_not_reserved');
    for (const text of [JSON.stringify(seen), report.text]) expect(text).not.toContain(holder.id);
  });
});
