// The addresses that the official library hard-codes, led to stubs: the metadata service of a machine, and STS over TLS.
import http, { type ClientRequest, type RequestOptions } from 'node:http';
import https from 'node:https';
import { vi } from 'vitest';
import { startStub, type Asked, type Reply, type Stub } from './rds-stub.js';

export const METADATA_HOST = '100.100.100.200';
export const STS_HOST = 'sts.cn-hangzhou.aliyuncs.com';

export interface MachineStub extends Stub {
  /** Hosts that were called otherwise than led here, which fails. */
  readonly strays: readonly string[];
}

/** Until `vi.restoreAllMocks()`. Certificates are not part of it: what would go over TLS comes in the clear. */
export async function startMachineStub(
  answer: (asked: Asked) => Reply | null,
): Promise<MachineStub> {
  const stub = await startStub(answer);
  const strays: string[] = [];
  const plain = http.request.bind(http);
  const lead = (host: string) =>
    function led(options: RequestOptions): ClientRequest {
      if (options.host !== host) strays.push(String(options.host));
      const { hostname, port } = stub.endpoint;
      const way = options.host === host ? { host: hostname, port } : { host: '127.0.0.1', port: 1 };
      return plain({ ...options, ...way, agent: false });
    };
  vi.spyOn(http, 'request').mockImplementation(lead(METADATA_HOST) as typeof http.request);
  vi.spyOn(https, 'request').mockImplementation(lead(STS_HOST) as typeof https.request);
  return { ...stub, strays };
}

/** Everything by which the library could be led elsewhere, or to other keys than those that it is given. */
export const POISONED_ENVIRONMENT: Readonly<Record<string, string>> = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAIenvironmentKey1',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'environment-secret',
  ALIBABA_CLOUD_SECURITY_TOKEN: 'environment-token',
  ALICLOUD_ACCESS_KEY: 'LTAIenvironmentKey2',
  ALICLOUD_ACCESS_KEY_ID: 'LTAIenvironmentKey3',
  ALICLOUD_ACCESS_KEY_SECRET: 'environment-secret',
  ALICLOUD_SECRET_KEY: 'environment-secret',
  ALICLOUD_SECURITY_TOKEN: 'environment-token',
  ALIBABA_CLOUD_ROLE_ARN: 'acs:ram::9:role/environment',
  ALIBABA_CLOUD_ROLE_SESSION_NAME: 'environment',
  ALIBABA_CLOUD_OIDC_PROVIDER_ARN: 'acs:ram::9:oidc-provider/environment',
  ALIBABA_CLOUD_OIDC_TOKEN_FILE: '/environment',
  ALIBABA_CLOUD_ECS_METADATA: 'environment-role',
  ALIBABA_CLOUD_STS_REGION: 'cn-environment',
  ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED: 'true',
  ALIBABA_CLOUD_CREDENTIALS_URI: 'http://environment.invalid/',
  ALIBABA_CLOUD_PROFILE: 'environment',
};

export const MACHINE_KEY_ID = 'STS.canaryMachineKey01';

/** As the metadata service answers, and STS for a token: two forms of the same session. */
export function givesOut(hours = 1): (asked: Asked) => Reply {
  const session = {
    ...{ AccessKeyId: MACHINE_KEY_ID, AccessKeySecret: 'canary-machine-secret' },
    ...{ SecurityToken: 'canary-machine-token' },
    Expiration: `${new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 19)}Z`,
  };
  return ({ url }) => {
    if (url === '/latest/api/token') return { body: 'metadata-token' };
    if (url.endsWith('/security-credentials/')) return { body: 'role-of-the-machine' };
    if (url.startsWith('/latest/')) return { body: { Code: 'Success', ...session } };
    return { body: { Credentials: session } };
  };
}
