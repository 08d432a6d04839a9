// The account of docs/security.md is enough for the service over TLS, and for every command that a script may call.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runToEnd } from '../support/service.js';
import { startTlsRedis, type TlsRedis } from '../support/tls-redis.js';
import { openStage, type Stage } from './stage.js';

const PREFIX = '{rds-import}';
const PASSWORD = 'canary-of-redis';
const DOCUMENT = readFileSync('docs/security.md', 'utf8');

/** The arguments of the one command of the document, with a password of ours. */
function documentedRules(): readonly string[] {
  const [, command = ''] = /^ACL SETUSER rdsimport ([^`]*)^```/m.exec(DOCUMENT) ?? [];
  return command
    .replace(/><[^>]*>/, `>${PASSWORD}`)
    .trim()
    .split(/\s+/);
}

const commandsIn = (text: string): readonly string[] =>
  [...text.matchAll(/\br?call\(\s*["']([A-Za-z]+)["']/g)].map(([, name = '']) =>
    name.toLowerCase(),
  );

function textsUnder(folder: string, ending: string): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(ending));
  return files.map((name) => readFileSync(path.join(folder, name), 'utf8'));
}

describe('the account allows', () => {
  const allowed = documentedRules();

  it.each([
    ['our scripts', () => textsUnder('src/adapters', '.lua')],
    [
      "BullMQ's",
      () => {
        const bullmq = path.dirname(createRequire(import.meta.url).resolve('bullmq'));
        return textsUnder(path.join(bullmq, '../esm/scripts'), '.js');
      },
    ],
  ])('every command that %s call', (_whose, textsOf) => {
    const commands = [...new Set(textsOf().flatMap(commandsIn))];
    expect(commands).toEqual(expect.arrayContaining(['hget', 'zadd', 'del']));
    expect(commands.filter((name) => !allowed.includes(`+${name}`))).toEqual([]);
  });

  it('no whole category, no other keys and no channel', () => {
    expect(allowed.filter((rule) => /^(?:\+@|allkeys|allchannels|&|nopass)/.test(rule))).toEqual(
      [],
    );
    expect(allowed.filter((rule) => rule.startsWith('~'))).toEqual([`~${PREFIX}*`]);
  });
});

describe('over TLS with that account', () => {
  let server: TlsRedis;
  let stage: Stage;
  beforeAll(async () => {
    server = await startTlsRedis();
    await server.admin.acl('SETUSER', 'rdsimport', ...documentedRules());
    const own = {
      redis: server.admin,
      prefix: PREFIX,
      url: `rediss://rdsimport:${PASSWORD}@${server.host}`,
    };
    const roles = ['api', 'worker'] as const;
    const pairs = { one: {}, two: {}, three: { engine: 'SQLServer', importMs: 60_000 } } as const;
    const env = { REDIS_CA_FILE: server.caFile, NODE_ENV: 'production' };
    stage = await openStage({ pairs, roles, own, env });
  });
  afterAll(async () => {
    await stage?.close();
    await server?.close();
  });

  it('migrations, a batch, a cancel and a retry end as they should, and Redis refuses nothing', async () => {
    const { request } = stage.service;
    await request.get('/health/ready').expect(200);
    const body = { migrations: [stage.body('one'), stage.body('two')] };
    const batch = await request.post('/v1/batches').send(body).expect(202);
    const { id: batchId } = batch.body as { id: string };
    const made = await request.get(`/v1/migrations?batchId=${batchId}`).expect(200);
    const { items } = made.body as { items: readonly { id: string }[] };
    await Promise.all(items.map(({ id }) => stage.succeeds(id)));

    const dbInfo = { DBNames: { orders: 'orders_new' } };
    const { id } = await stage.migrate('three', { dbInfo });
    await stage.reaches(id, 'importing');
    await request.post(`/v1/migrations/${id}/cancel`).expect(202);
    await stage.reaches(id, 'canceled');
    await request.post(`/v1/migrations/${id}/retry`).expect(202);
    await stage.reaches(id, 'importing');
    await request.post('/v1/migrations').set('idempotency-key', 'once').send(stage.body('one'));
    expect(await server.admin.acl('LOG')).toEqual([]);
    expect(stage.processes.map((one) => one.logs()).join('')).not.toMatch(/NOPERM|canary/);
  });

  it('the account sees no key of others and cannot look around', async () => {
    await server.admin.set('of-another', 'x');
    const account = new Redis(`rediss://rdsimport:${PASSWORD}@${server.host}`, {
      tls: { ca: server.ca },
    });
    const refused = ['GET of-another', 'KEYS *', 'SCAN 0', 'CONFIG SET save x', 'ACL LIST'];
    for (const line of [...refused, 'FLUSHALL', 'SHUTDOWN', 'MONITOR', 'SUBSCRIBE a']) {
      const [name = '', ...args] = line.split(' ');
      await expect(account.call(name, ...args)).rejects.toThrow(/NOPERM|no permission/i);
    }
    account.disconnect();
    await server.admin.acl('LOG', 'RESET');
  });

  it.each([
    ['another authority', () => ({ REDIS_CA_FILE: server.otherCaFile }), /certificate/],
    ['an unknown account', () => ({ REDIS_URL: url('nobody', PASSWORD) }), /WRONGPASS/],
    ['a wrong password', () => ({ REDIS_URL: url('rdsimport', `${PASSWORD}-2`) }), /WRONGPASS/],
  ])(
    'with %s the start fails, soon, with one clear line and no secret',
    async (_what, wrong, why) => {
      const { exitCode, output } = await runToEnd({ ...stage.env, ...wrong() });
      expect(exitCode).toBe(1);
      const lines = output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
      const fatal = lines.filter((line) => 'level' in line && line.level === 60);
      expect(fatal).toEqual([
        expect.objectContaining({ msg: 'not started', why: expect.stringMatching(why) as string }),
      ]);
      expect(output).not.toContain('canary');
    },
  );
  const url = (user: string, password: string): string =>
    `rediss://${user}:${password}@${server.host}`;
});
