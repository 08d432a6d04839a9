// Sessions that the machine itself is given: by its metadata service, or for a token in a file. Through the official
// library, every setting of it stated here: it reads no environment, and never looks for credentials elsewhere.
import { stat } from 'node:fs/promises';
import {
  ECSRAMRoleCredentialsProvider,
  OIDCRoleArnCredentialsProvider,
} from '@alicloud/credentials';
import { Secret, type EcsRole, type OidcRole } from '../use-cases/ports-credentials.js';
import type { UpstreamFault } from '../use-cases/ports-upstream.js';
import { unclear } from './rds-answers.js';
import type { Endpoint } from './rds-endpoints.js';
import { classifyCode, isCode } from './rds-faults.js';
import { SESSION_SECONDS, type SessionAnswer } from './sts-client.js';

/** A token of a pod has some kilobytes; whatever else lies there is never sent anywhere. */
const MAX_TOKEN_BYTES = 65_536;

type Given = Awaited<ReturnType<OIDCRoleArnCredentialsProvider['refresher']>>;

export interface MachineOrder {
  readonly role: OidcRole | EcsRole;
  /** Of STS; the library speaks TLS only. */
  readonly endpoint: Endpoint;
  readonly usualName: string;
  readonly timeoutMs: number;
}

export type Identify = (order: MachineOrder) => Promise<SessionAnswer>;

/** Never rejects. */
export const identify: Identify = async (order) => {
  try {
    const given = await within(order.timeoutMs, ask(order));
    const { accessKeyId, accessKeySecret, securityToken, expiration } = given;
    const expiresAt = Date.parse(expiration);
    if (!accessKeyId || !accessKeySecret || !securityToken || Number.isNaN(expiresAt)) {
      return refusal(unclear('unexpected_answer', 'the session that was given out is not whole'));
    }
    const secrets = {
      accessKeyId: new Secret(accessKeyId),
      accessKeySecret: new Secret(accessKeySecret),
      securityToken: new Secret(securityToken),
    };
    return { ok: true, session: { secrets, expiresAt } };
  } catch (error) {
    return refusal(faultOf(error));
  }
};

/**
 * A provider of its own for each session: what it remembers is not to be relied on. Made without the
 * library's `build()`, which fills what is missing from the environment of the process.
 */
async function ask({ role, endpoint, usualName, timeoutMs }: MachineOrder): Promise<Given> {
  if (role.kind === 'ecs_ram_role') {
    const builder = ECSRAMRoleCredentialsProvider.builder()
      .withReadTimeout(timeoutMs)
      .withConnectTimeout(timeoutMs);
    if (role.roleName !== null) builder.withRoleName(role.roleName);
    return new ECSRAMRoleCredentialsProvider(builder).refresher();
  }
  if (!endpoint.isTls) throw new Unusable('sts_not_tls', 'a token is only sent to STS over https');
  await refuseOddFile(role.oidcTokenFilePath);
  const builder = OIDCRoleArnCredentialsProvider.builder()
    .withRoleArn(role.roleArn)
    .withOIDCProviderArn(role.oidcProviderArn)
    .withOIDCTokenFilePath(role.oidcTokenFilePath)
    .withRoleSessionName(role.roleSessionName ?? usualName)
    .withDurationSeconds(SESSION_SECONDS)
    .withStsEndpoint(endpoint.host)
    .withReadTimeout(timeoutMs)
    .withConnectTimeout(timeoutMs);
  return new OIDCRoleArnCredentialsProvider(builder).refresher();
}

/** Nothing to ask with: that lasts until somebody mends it. */
class Unusable extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

async function refuseOddFile(path: string): Promise<void> {
  const file = await stat(path).catch(() => null);
  if (file?.isFile() === true && file.size <= MAX_TOKEN_BYTES) return;
  throw new Unusable('token_file_unusable', 'the token file is missing, or is no token');
}

class Late extends Error {}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late()), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const refusal = (fault: UpstreamFault): SessionAnswer => ({ ok: false, fault });

/** The library's texts hold whole answers, with whatever is in them: only a code is taken from one. */
function faultOf(error: unknown): UpstreamFault {
  if (error instanceof Unusable) return lasting(error.code, error.message);
  const text = error instanceof Error ? error.message : '';
  const code = /"Code"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? '';
  const what = 'the session of the machine was refused';
  if (isCode(code)) return { ...unclear(code, what), class: classifyCode(code, 400) };
  if (/^get role name failed: .* 404$|httpStatus: 404\b/.test(text)) {
    return lasting('no_machine_role', 'the machine has no such role');
  }
  return unclear('no_session', 'the session of the machine cannot be had now');
}

const lasting = (code: string, message: string): UpstreamFault => ({
  ...unclear(code, message),
  class: 'auth',
});
