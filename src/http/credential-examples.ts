// Credentials to try in the documentation: the first is the AccessKey of the simulator's default world.

const regionId = 'cn-hangzhou';

export const CREDENTIAL_EXAMPLES = {
  accessKey: {
    summary: 'A lasting AccessKey pair: that of the simulator',
    value: {
      ...{ name: 'simulator', type: 'access_key', regionId },
      ...{ accessKeyId: 'LTAIsimulatorkey0001', accessKeySecret: 'simulator-secret-0001' },
    },
  },
  sts: {
    summary: 'A temporary one with its security token',
    value: {
      ...{ name: 'tonight only', type: 'sts', regionId },
      ...{ accessKeyId: 'STS.ExampleKeyId01', accessKeySecret: 'example-secret-02' },
      securityToken: 'example-token-02',
    },
  },
  ramRole: {
    summary: 'An AccessKey pair that assumes a role',
    value: {
      ...{ name: 'payments, by role', type: 'ram_role_arn', regionId },
      ...{ accessKeyId: 'LTAI5tExampleKeyId03', accessKeySecret: 'example-secret-03' },
      ...{ roleArn: 'acs:ram::1234567890123456:role/rds-import', roleSessionName: 'rds-import' },
    },
  },
  ecsRole: {
    summary: 'The role of the machine that this service runs on',
    value: { name: 'the machine', type: 'ecs_ram_role', regionId, roleName: 'rds-import' },
  },
  oidcRole: {
    summary: 'A role that a token in a file of this machine assumes',
    value: {
      ...{ name: 'the cluster', type: 'oidc_role_arn', regionId },
      roleArn: 'acs:ram::1234567890123456:role/rds-import',
      oidcProviderArn: 'acs:ram::1234567890123456:oidc-provider/cluster',
      oidcTokenFilePath: '/var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token',
    },
  },
};

export const CREDENTIAL_CHANGES = {
  rename: { summary: 'Another name', value: { name: 'simulator, renamed' } },
  replace: {
    summary: 'The secret was rotated',
    value: { accessKeyId: 'LTAIsimulatorkey0001', accessKeySecret: 'simulator-secret-0001' },
  },
};
