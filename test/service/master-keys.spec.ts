// Master keys change by configuration: nothing is lost on the way, and a key that was left out too early is named, not crashed on.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it, type TestContext } from 'vitest';
import { AesCredentialVault } from '../../src/adapters/aes-credential-vault.js';
import { RedisCredentialStore } from '../../src/adapters/redis-credential-store.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisSealedCredentials } from '../../src/adapters/redis-sealed-credentials.js';
import { rewrapServiceKey } from '../../src/adapters/redis-service-key.js';
import { Secret } from '../../src/use-cases/ports-credentials.js';
import { aCredential } from '../adapters/credential-store.contract.js';
import { callerOf } from '../support/documented.js';
import { eventually } from '../support/eventually.js';
import { testRedis } from '../support/redis.js';
import { runToEnd, startService, type Environment } from '../support/service.js';
import { openStage } from './stage.js';

const REWRAP = fileURLToPath(new URL('../../dist/rewrap.js', import.meta.url));

const masterKey = (id: string) => ({ id, key: randomBytes(32) });
const [k1, k2] = [masterKey('k1'), masterKey('k2')];
type Key = typeof k1;
const setting = (...keys: readonly Key[]): string =>
  keys.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(',');

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function rewrap(env: Environment): { readonly kill: () => void; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [REWRAP], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const parts = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = once(child, 'close').then(async ([code]) => ({
    code: code as number | null,
    output: (await parts).join(''),
  }));
  return { kill: () => void child.kill('SIGKILL'), ended };
}

/** Credentials of three tenants under a key, without a service. */
async function stored(count: number, { onTestFinished }: TestContext) {
  const at = await testRedis();
  onTestFinished(() => at.close());
  const environment = (...keys: readonly Key[]): Environment => ({
    REDIS_URL: process.env['REDIS_URL'] ?? '',
    REDIS_KEY_PREFIX: at.prefix,
    MASTER_KEYS: setting(...keys),
  });
  const store = new RedisCredentialStore(at.redis, at.prefix);
  const sealed = new RedisSealedCredentials(at.redis, new RedisKeys(at.prefix));
  const secretOf = (id: string): string => `secret of ${id}`;
  const all = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const credential = aCredential({ tenant: `tenant-${n % 3}` });
      const sealing = new AesCredentialVault({ keys: [k1] }).seal(credential, {
        accessKeyId: new Secret('LTAI00000001'),
        accessKeySecret: new Secret(secretOf(credential.id)),
        securityToken: null,
      });
      await store.create({ ...credential, ...sealing }, null);
      return credential;
    }),
  );
  const expectAllOpenWith = async (...keys: readonly Key[]): Promise<void> => {
    const vault = new AesCredentialVault({ keys });
    for (const { tenant, id } of all) {
      const found = await store.find(tenant, id);
      const opened = found === null ? null : vault.open(found).accessKeySecret.open();
      expect(opened).toBe(secretOf(id));
    }
  };
  return { environment, sealed, all, expectAllOpenWith };
}

it('a rewrap that is killed in the middle loses nothing, and the next one ends it', async (context) => {
  const { environment, sealed, expectAllOpenWith } = await stored(1_500, context);
  const first = rewrap(environment(k2, k1));
  await eventually(async () => expect(await sealed.count('k2')).toBeGreaterThan(0));
  first.kill();
  expect((await first.ended).code).toBeNull();
  const done = await sealed.count('k2');
  expect(done).toBeLessThan(1_500);
  await expectAllOpenWith(k2, k1);
  const second = await rewrap(environment(k2, k1)).ended;
  expect(second).toEqual({ code: 0, output: `rewrapped ${1_500 - done}, already ${done}\n` });
  await expectAllOpenWith(k2);
  const third = await rewrap(environment(k2)).ended;
  expect(third).toEqual({ code: 0, output: 'rewrapped 0, already 1500\n' });
}, 60_000);

it('a rewrap without the old key changes nothing, says what it cannot open and ends with 1', async (context) => {
  const { environment, all, expectAllOpenWith } = await stored(2, context);
  const { code, output } = await rewrap(environment(k2)).ended;
  const ids = all.map(({ id }) => id).toSorted();
  expect(output).toBe(`rewrapped 0, already 0, cannot open 2: ${ids.join(', ')}\n`);
  expect(code).toBe(1);
  await expectAllOpenWith(k1);
  for (const key of [k1, k2]) expect(output).not.toContain(key.key.toString('base64'));
});

it('a rewrap that is set up wrong says so in a line and ends with 1', async (context) => {
  const { environment } = await stored(0, context);
  const none = await rewrap({ ...environment(k1), MASTER_KEYS: '' }).ended;
  expect(none.code).toBe(1);
  expect(none.output).toMatch(/^MASTER_KEYS .*\n$/);
});

it('the service goes over to a new key without a gap, and names one that was left out too early', async (context) => {
  const stage = await openStage({
    pairs: { one: {}, two: {}, three: {} },
    env: { MASTER_KEYS: setting(k1) },
  });
  context.onTestFinished(() => stage.close());
  await stage.succeeds((await stage.migrate('one')).id);
  await stage.service.stop();

  const without = await runToEnd({ ...stage.env, MASTER_KEYS: setting(k2) });
  expect(without.exitCode).toBe(1);
  expect(without.output).toContain(
    'the service key is sealed under k1, which is not in MASTER_KEYS',
  );

  // As it stands when a rewrap was killed after its first write.
  const keys = new RedisKeys(stage.key());
  const both = new AesCredentialVault({ keys: [k2, k1] });
  expect(await rewrapServiceKey(stage.redis, keys, both)).toBe('rewrapped');
  const half = await startService({ env: { ...stage.env, MASTER_KEYS: setting(k2) } });
  stage.processes.push(half);
  const ready = await callerOf(half.url).get('/health/ready').expect(503);
  expect(ready.body).toMatchObject({
    ready: false,
    parts: {
      redis: { ok: true },
      masterKeys: {
        ok: false,
        detail: 'credentials are sealed under k1, which is not in MASTER_KEYS',
      },
    },
  });
  await callerOf(half.url).get('/health/live').expect(200);
  const waiting = await stage.migrate('two');
  await eventually(async () => {
    const { status, waitingFor } = await stage.see(waiting.id);
    expect({ status, waitingFor }).toMatchObject({
      status: 'checking',
      waitingFor: [
        {
          kind: 'upstream_busy',
          detail: 'the credential cannot be opened with the master keys at hand',
        },
      ],
    });
  });
  await half.stop();

  const env = { ...stage.env, MASTER_KEYS: setting(k2, k1) };
  const whole = await startService({ env });
  stage.processes.push(whole);
  await callerOf(whole.url).get('/health/ready').expect(200);
  await stage.succeeds(waiting.id, 40_000);
  const { output } = await rewrap(env).ended;
  expect(output).toBe('rewrapped 1, already 1\n');
  await whole.stop();
  const last = await startService({ env: { ...stage.env, MASTER_KEYS: setting(k2) } });
  stage.processes.push(last);
  await callerOf(last.url).get('/health/ready').expect(200);
  await stage.succeeds((await stage.migrate('three')).id);
}, 120_000);
