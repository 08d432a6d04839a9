// A cloud account with a role, an own key that may assume it, and one pair of instances, in a simulator.
import { startSimulator, type Simulator } from '../../src/simulator/server.js';
import {
  Secret,
  type CredentialSecrets,
  type RamRole,
} from '../../src/use-cases/ports-credentials.js';

export const ACCOUNT = '1234567890123456';
export const ROLE_ARN = `acs:ram::${ACCOUNT}:role/rds-import`;
export const OWN_KEY = { id: 'LTAIcanaryOwnKey01', secret: 'canary-own-secret' };
export const EXTERNAL_ID = 'canary-external-id';
export const SOURCE = 'rm-source';
export const TARGET = 'rm-target';

export const rolePlan = (more: Partial<RamRole> = {}): RamRole => ({
  ...{ kind: 'ram_role_arn', roleArn: ROLE_ARN, roleSessionName: null, policy: null },
  externalId: new Secret(EXTERNAL_ID),
  ...more,
});

export const roleSecrets = (more: Partial<RamRole> = {}): CredentialSecrets => ({
  accessKeyId: new Secret(OWN_KEY.id),
  accessKeySecret: new Secret(OWN_KEY.secret),
  securityToken: null,
  role: rolePlan(more),
});

/** By real time, unless a clock is given. */
export async function startRoleCloud(now?: () => number): Promise<Simulator> {
  const databases = [{ name: 'orders', sizeMB: 1 }];
  const instance = { accountId: ACCOUNT, engine: 'MySQL', databases };
  return startSimulator({
    world: {
      accounts: [
        {
          accountId: ACCOUNT,
          accessKeys: [OWN_KEY],
          roles: [{ name: 'rds-import', externalId: EXTERNAL_ID }],
        },
      ],
      instances: [
        { ...instance, instanceId: SOURCE },
        { ...instance, instanceId: TARGET },
      ],
    },
    ...(now !== undefined && { now }),
  });
}
