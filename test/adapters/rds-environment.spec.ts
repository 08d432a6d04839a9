// Whatever keys the environment of the process holds: no call is signed with them, for any type of credential.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { Simulator } from '../../src/simulator/server.js';
import { NO_KEY, Secret, type CredentialSecrets } from '../../src/use-cases/ports-credentials.js';
import {
  givesOut,
  MACHINE_KEY_ID,
  POISONED_ENVIRONMENT,
  startMachineStub,
} from './machine-stub.js';
import { gatewayWorld, WHO, type GatewayWorld } from './rds-world.js';
import { ROLE_ARN, roleSecrets, SOURCE, startRoleCloud } from './role-world.js';

let world: GatewayWorld;
let cloud: Simulator;
const worlds: GatewayWorld[] = [];
const ANY = { ...WHO, credentialId: 'cred_any' };
beforeEach(async () => {
  for (const [name, value] of Object.entries(POISONED_ENVIRONMENT)) vi.stubEnv(name, value);
  world = await gatewayWorld();
  worlds.push(world);
  cloud = await startRoleCloud();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await cloud.close();
});
afterAll(() => Promise.all(worlds.map((each) => each.close())));

async function tokenFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'token-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'token'), 'oidc-token');
  return join(folder, 'token');
}

const own = (token: string | null): CredentialSecrets => ({
  accessKeyId: new Secret('LTAIstoredKey0001'),
  accessKeySecret: new Secret('stored-secret'),
  securityToken: token === null ? null : new Secret(token),
});
const machineRole = {
  kind: 'oidc_role_arn',
  ...{ roleArn: ROLE_ARN, roleSessionName: null },
  oidcProviderArn: 'acs:ram::1:oidc-provider/cluster',
} as const;

it.each<[string, () => Promise<CredentialSecrets>, string]>([
  ['access_key', async () => own(null), 'LTAIstoredKey0001'],
  ['sts', async () => own('stored-token'), 'LTAIstoredKey0001'],
  ['ram_role_arn', async () => roleSecrets(), '^STS\\.NT'],
  [
    'ecs_ram_role',
    async () => ({ ...NO_KEY, role: { kind: 'ecs_ram_role', roleName: null } }),
    MACHINE_KEY_ID,
  ],
  [
    'oidc_role_arn',
    async () => ({ ...NO_KEY, role: { ...machineRole, oidcTokenFilePath: await tokenFile() } }),
    MACHINE_KEY_ID,
  ],
])('signs no call with %s', async (type, secrets, signer) => {
  const machine = type === 'ecs_ram_role' || type === 'oidc_role_arn';
  if (machine) {
    const stub = await startMachineStub(givesOut());
    onTestFinished(() => stub.close());
  }
  await world.put({ id: 'cred_any' }, await secrets());
  // STS at its own address: the machine's token only goes out over TLS, to where the stub stands.
  const options = machine ? {} : { stsAddress: cloud.url };
  const opened = await world.upstream(cloud.url, options).open(ANY, 1, 'submission');
  if (opened.kind !== 'open') throw new Error(JSON.stringify(opened));
  vi.restoreAllMocks();
  await opened.session.usage(SOURCE);
  const rds = cloud.journal.entries(0, 'DescribeResourceUsage');
  expect(rds).toHaveLength(1);
  expect(rds[0]?.accessKeyId).toMatch(new RegExp(signer));
  const all = cloud.journal.entries(0, null).map(({ accessKeyId }) => accessKeyId);
  expect(all.join()).not.toMatch(/environment/i);
});

it.each<[string, CredentialSecrets]>([
  ['an empty key', NO_KEY],
  ['half a key', { ...NO_KEY, accessKeyId: new Secret('LTAIstoredKey0001') }],
  ['a role without a key', { ...roleSecrets(), ...NO_KEY }],
])('does not stand in for %s', async (_what, secrets) => {
  await world.put({ id: 'cred_any' }, secrets);
  const opened = await world
    .upstream(cloud.url, { stsAddress: cloud.url })
    .open(ANY, 1, 'submission');
  expect(opened.kind).toBe('no_credential');
  expect(cloud.journal.entries(0, null)).toEqual([]);
});
