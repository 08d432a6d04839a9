// Asks STS for a session, by our own signed calls: one request a time, no redirect followed, and no text of an answer
// kept but what is asked for.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../use-cases/ports.js';
import type { CredentialSecrets, RamRole } from '../use-cases/ports-credentials.js';
import { Secret } from '../use-cases/ports-credentials.js';
import type { UpstreamFault } from '../use-cases/ports-upstream.js';
import { readDelivery, unclear } from './rds-answers.js';
import type { Endpoint } from './rds-endpoints.js';
import { signRequest, upstreamTimestamp, type Parameters } from './rds-signature.js';
import { member, word, type Scrub } from './rds-text.js';
import { read } from './rds-transport.js';

const VERSION = '2015-04-01';

/** As long as every role allows unless it was made shorter. */
export const SESSION_SECONDS = 3_600;

export interface Session {
  readonly secrets: CredentialSecrets;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export type SessionAnswer =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly fault: UpstreamFault };

export interface RoleOrder {
  readonly endpoint: Endpoint;
  readonly keys: CredentialSecrets;
  readonly role: RamRole;
  /** What the session is called where the role states no name. */
  readonly usualName: string;
  readonly scrub: Scrub;
}

export class StsClient {
  constructor(
    private readonly clock: Clock,
    /** Whole duration of one call. */
    private readonly timeoutMs: number,
  ) {}

  /** Never rejects. The parameters travel in the body: a policy is long, an external id is a secret. */
  async assumeRole(order: RoleOrder): Promise<SessionAnswer> {
    const { endpoint, keys, scrub } = order;
    const askedAt = this.clock.now();
    const request = signRequest(
      {
        ...{ host: endpoint.host, action: 'AssumeRole', version: VERSION },
        ...{ query: {}, form: parametersOf(order) },
        ...{ timestamp: upstreamTimestamp(askedAt), nonce: randomUUID() },
      },
      keys,
    );
    const reading = readDelivery(await read(endpoint, request, this.timeoutMs), scrub);
    if (!reading.ok) return reading;
    const given = member(reading.answer, 'Credentials');
    const parts = ['AccessKeyId', 'AccessKeySecret', 'SecurityToken'].map((key) =>
      word(given, key),
    );
    const session = sessionOf(parts, askedAt, Date.parse(word(given, 'Expiration') ?? ''));
    if (session !== null) return { ok: true, session };
    const message = 'STS answered without the session it documents';
    return { ok: false, fault: unclear('unexpected_answer', message, reading.requestId) };
  }
}

function parametersOf({ role, usualName }: RoleOrder): Parameters {
  return {
    RoleArn: role.roleArn,
    RoleSessionName: role.roleSessionName ?? usualName,
    DurationSeconds: String(SESSION_SECONDS),
    ...(role.policy !== null && { Policy: role.policy }),
    ...(role.externalId !== null && { ExternalId: role.externalId.open() }),
  };
}

/** STS counts by its own clock: where that is ahead of ours, the session still ends when it was asked to. */
function sessionOf(
  [keyId, keySecret, token]: readonly (string | null)[],
  askedAt: number,
  expiration: number,
): Session | null {
  if (!keyId || !keySecret || !token || Number.isNaN(expiration)) return null;
  const secrets = {
    accessKeyId: new Secret(keyId),
    accessKeySecret: new Secret(keySecret),
    securityToken: new Secret(token),
  };
  return { secrets, expiresAt: Math.min(expiration, askedAt + SESSION_SECONDS * 1_000) };
}
