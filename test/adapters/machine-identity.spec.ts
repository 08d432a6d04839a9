// The machine's own identity is asked for where it is said, and nothing of the environment of the process is looked at.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { identify } from '../../src/adapters/rds-machine-identity.js';
import { parseEndpoint } from '../../src/adapters/rds-endpoints.js';
import type { SessionAnswer } from '../../src/adapters/sts-client.js';
import type { EcsRole, OidcRole } from '../../src/use-cases/ports-credentials.js';
import {
  givesOut,
  MACHINE_KEY_ID,
  POISONED_ENVIRONMENT,
  startMachineStub,
  STS_HOST,
  type MachineStub,
} from './machine-stub.js';
import type { Asked, Reply } from './rds-stub.js';

const TOKEN = 'canary-oidc-token';

let stub: MachineStub;
let answer: (asked: Asked) => Reply | null;
let tokenFile: string;
beforeEach(async () => {
  for (const [name, value] of Object.entries(POISONED_ENVIRONMENT)) vi.stubEnv(name, value);
  answer = givesOut();
  stub = await startMachineStub((asked) => answer(asked));
  const folder = await mkdtemp(join(tmpdir(), 'token-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  tokenFile = join(folder, 'token');
  await writeFile(tokenFile, TOKEN);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await stub.close();
});

const order = { endpoint: parseEndpoint(`https://${STS_HOST}`), usualName: 'rds-import-cred_1' };
const oidcRole = (): OidcRole => ({
  ...{ kind: 'oidc_role_arn', roleArn: 'acs:ram::1:role/rds-import', roleSessionName: null },
  ...{ oidcProviderArn: 'acs:ram::1:oidc-provider/cluster', oidcTokenFilePath: tokenFile },
});
const oidc = (more: Partial<OidcRole> = {}): Promise<SessionAnswer> =>
  identify({ ...order, role: { ...oidcRole(), ...more }, timeoutMs: 3_000 });
const ecs = (roleName: EcsRole['roleName'], timeoutMs = 3_000): Promise<SessionAnswer> =>
  identify({ ...order, role: { kind: 'ecs_ram_role', roleName }, timeoutMs });

function keyIdOf(given: SessionAnswer): string {
  if (!given.ok) throw new Error(`${given.fault.code}: ${given.fault.message}`);
  expect(given.session.secrets.securityToken?.open()).toBe('canary-machine-token');
  expect(Math.abs(given.session.expiresAt - Date.now() - 3_600_000)).toBeLessThan(10_000);
  return given.session.secrets.accessKeyId.open();
}

describe('a token in a file', () => {
  it('becomes a session, by one call to STS that states all there is to state', async () => {
    expect(keyIdOf(await oidc())).toBe(MACHINE_KEY_ID);
    expect(stub.asked).toHaveLength(1);
    expect(stub.asked[0]?.url).not.toContain(TOKEN);
    expect(stub.asked[0]?.parameters).toMatchObject({
      ...{ Action: 'AssumeRoleWithOIDC', OIDCToken: TOKEN, RoleSessionName: 'rds-import-cred_1' },
      ...{ RoleArn: 'acs:ram::1:role/rds-import', DurationSeconds: '3600' },
      OIDCProviderArn: 'acs:ram::1:oidc-provider/cluster',
    });
    expect(stub.strays).toEqual([]);
    expect(JSON.stringify(stub.asked)).not.toContain('environment');
  });

  it('is never sent without TLS', async () => {
    const endpoint = parseEndpoint(stub.address);
    const given = await identify({ ...order, endpoint, role: oidcRole(), timeoutMs: 3_000 });
    expect(given).toMatchObject({ fault: { class: 'auth', code: 'sts_not_tls' } });
    expect(stub.asked).toEqual([]);
  });

  it.each(['/nowhere/token', '/dev/zero', '/tmp'])(
    'that is none, as %s, is sent nowhere',
    async (oidcTokenFilePath) => {
      const given = await oidc({ oidcTokenFilePath });
      expect(given).toMatchObject({ fault: { class: 'auth', code: 'token_file_unusable' } });
      expect(stub.asked).toEqual([]);
    },
  );

  it('that STS refuses is refused for good, with its code and none of its text', async () => {
    const Message = `bad token ${TOKEN}`;
    answer = () => ({ status: 403, body: { Code: 'NoPermission', Message } });
    const given = await oidc();
    expect(given).toMatchObject({ fault: { class: 'auth', code: 'NoPermission' } });
    expect(JSON.stringify(given)).not.toContain('canary');
  });

  it.each([
    ['throttles', { status: 400, body: { Code: 'Throttling.User' } }, 'throttled'],
    ['fails', { status: 503, body: '<html>canary</html>' }, 'unclear'],
    ['answers without a session', { body: { Credentials: {} } }, 'unclear'],
  ])('is worth another try when STS %s', async (_what, reply: Reply, kind) => {
    answer = () => reply;
    const given = await oidc();
    expect(given).toMatchObject({ ok: false, fault: { class: kind } });
    expect(JSON.stringify(given)).not.toContain('canary');
  });
});

describe('the role of the machine', () => {
  it.each([
    [null, '/latest/meta-data/ram/security-credentials/role-of-the-machine'],
    ['stated', '/latest/meta-data/ram/security-credentials/stated'],
  ])('%j is asked of the metadata service alone', async (roleName, url) => {
    expect(keyIdOf(await ecs(roleName))).toBe(MACHINE_KEY_ID);
    expect(stub.asked.at(-1)?.url).toBe(url);
    expect(stub.asked.at(-1)?.headers['x-aliyun-ecs-metadata-token']).toBe('metadata-token');
    expect(stub.strays).toEqual([]);
    expect(JSON.stringify(stub.asked)).not.toContain('environment');
  });

  it('that it does not have is refused for good', async () => {
    answer = ({ url }) => (url === '/latest/api/token' ? { body: 't' } : { status: 404, body: '' });
    for (const roleName of [null, 'stated']) {
      expect(await ecs(roleName)).toMatchObject({ fault: { class: 'auth' } });
    }
  });

  it('is worth another try where the metadata service is silent, and not for longer than told', async () => {
    answer = () => null;
    const startedAt = performance.now();
    expect(await ecs(null, 200)).toMatchObject({ fault: { class: 'unclear' } });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
