// Hands out temporary keys: AssumeRole, for the roles of the world file.
import { randomBytes } from 'node:crypto';
import { required, type Call, type Result } from './call.js';
import { secondsUtc } from './clock.js';
import { Refusal } from './refusals.js';
import type { AccessKey } from './world-file.js';

const LEAST_SECONDS = 900;
const MOST_SECONDS = 3_600;

/** Published: 2 to 64 letters, digits, periods, at signs, hyphens and underscores. */
const SESSION_NAME = /^[\w.@-]{2,64}$/;

const letters = (prefix: string, bytes: number): string =>
  `${prefix}${randomBytes(bytes).toString('hex')}`;

function seconds({ params }: Call): number {
  const text = params.get('DurationSeconds') ?? String(MOST_SECONDS);
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < LEAST_SECONDS || value > MOST_SECONDS) {
    throw Refusal.of('InvalidParameter', 'DurationSeconds');
  }
  return value;
}

/** A temporary key cannot be made to last longer by itself: it may not assume a role again here. */
export function assumeRole(call: Call): Result {
  const arn = required(call, 'RoleArn');
  const name = required(call, 'RoleSessionName');
  if (!SESSION_NAME.test(name)) throw Refusal.of('InvalidParameter', 'RoleSessionName');
  const lifeMs = seconds(call) * 1_000;
  const role = call.world.roles.get(arn);
  if (role === undefined) throw Refusal.of('EntityNotExist.Role', arn);
  const isTrusted = role.trusts.includes(call.key.accountId) && call.key.expiresAt === null;
  const isMeant = role.externalId === null || role.externalId === call.params.get('ExternalId');
  if (!isTrusted || !isMeant) throw Refusal.of('NoPermission', 'sts:AssumeRole');
  const key: AccessKey = {
    id: letters('STS.NT', 12),
    secret: letters('', 22),
    securityToken: letters('CAIS', 120),
    accountId: role.accountId,
    expiresAt: call.now + lifeMs,
  };
  call.world.admit(key);
  return {
    body: {
      AssumedRoleUser: {
        Arn: `${arn.replace(':role/', ':assumed-role/')}/${name}`,
        AssumedRoleId: `${role.accountId}:${name}`,
      },
      Credentials: {
        AccessKeyId: key.id,
        AccessKeySecret: key.secret,
        SecurityToken: key.securityToken ?? '',
        Expiration: secondsUtc(call.now + lifeMs),
      },
    },
  };
}
