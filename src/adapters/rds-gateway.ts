// The way to upstream: a session for a credential, or why there is none. Secrets are opened here and go no further.
import { createHash } from 'node:crypto';
import type { Clock, Shutdown } from '../use-cases/ports.js';
import type {
  Credential,
  CredentialSecrets,
  CredentialStore,
  CredentialVault,
} from '../use-cases/ports-credentials.js';
import { Upstream, type SessionOutcome } from '../use-cases/ports-upstream.js';
import { endpointOf, parseEndpoint, type Endpoint } from './rds-endpoints.js';
import { Pace } from './rds-pace.js';
import { RdsSession, type SessionParts } from './rds-session.js';
import { scrubber } from './rds-text.js';
import type { CallQuota } from './redis-quota.js';

/** `lastUsedAt` is for people; a write for every call would be for nobody. */
const TOUCH_EVERY_MS = 60_000;

/** A process that shuts down leaves the work to the others this soon. */
const HAND_OVER_MS = 1_000;

export interface RdsUpstreamParts {
  readonly credentials: CredentialStore;
  readonly vault: CredentialVault;
  readonly quota: CallQuota;
  readonly clock: Clock;
  readonly shutdown: Shutdown;
  readonly nonceFor: SessionParts['nonceFor'];
}

export interface RdsUpstreamOptions {
  /** `http://host:port` or `https://…` for every region; null: upstream's own address of each. */
  readonly rdsEndpoint: string | null;
  /** Whole duration of one call. */
  readonly timeoutMs: number;
}

export class RdsUpstream extends Upstream {
  private readonly override: Endpoint | null;

  constructor(
    private readonly parts: RdsUpstreamParts,
    private readonly options: RdsUpstreamOptions,
  ) {
    super();
    this.override = options.rdsEndpoint === null ? null : parseEndpoint(options.rdsEndpoint);
  }

  override async open(
    who: { readonly tenant: string; readonly credentialId: string; readonly regionId: string },
    calls: number,
  ): Promise<SessionOutcome> {
    const { shutdown } = this.parts;
    if (shutdown.isUnderWay)
      return { kind: 'wait', untilMs: this.parts.clock.now() + HAND_OVER_MS };
    const endpoint = endpointOf(who.regionId, this.override);
    if (endpoint === null) return noCredential('the region id has the wrong form');
    const credential = await this.parts.credentials.find(who.tenant, who.credentialId);
    if (credential === null) return noCredential('the credential no longer exists');
    const secrets = this.secretsOf(credential);
    if (secrets === null)
      return noCredential('the credential cannot be opened with the master keys at hand');

    const { quota, clock } = this.parts;
    const scope = scopeOf(who.regionId, secrets);
    const grant = calls > 0 ? await quota.take(scope, calls) : null;
    if (grant?.granted === false) return { kind: 'wait', untilMs: grant.retryAtMs };
    await this.touch(credential);
    const reserved = grant === null ? null : { grant, calls };
    const session = new RdsSession({
      endpoint,
      secrets,
      scrub: scrubber(secrets, credential.maskedKeyId),
      pace: new Pace(quota, clock, scope, reserved),
      shutdown,
      clock,
      timeoutMs: this.options.timeoutMs,
      nonceFor: this.parts.nonceFor,
    });
    return { kind: 'open', session };
  }

  /** Null when the vault refuses, or gives an empty key: upstream must never be asked with half of one. */
  private secretsOf(credential: Credential): CredentialSecrets | null {
    try {
      const secrets = this.parts.vault.open(credential);
      const isWhole = secrets.accessKeyId.open() !== '' && secrets.accessKeySecret.open() !== '';
      return isWhole ? secrets : null;
    } catch {
      return null;
    }
  }

  private async touch(credential: Credential): Promise<void> {
    const nowMs = this.parts.clock.now();
    const { tenant, id, lastUsedAt } = credential;
    if (lastUsedAt !== null && nowMs - lastUsedAt < TOUCH_EVERY_MS) return;
    await this.parts.credentials.touch(tenant, id, nowMs);
  }
}

/**
 * Upstream counts by cloud account and region. The AccessKeyId stands for the account, so one key that
 * is stored twice, or by two tenants, still has one pace. Hashed: Redis must not show it.
 */
function scopeOf(regionId: string, secrets: CredentialSecrets): string {
  const digest = createHash('sha256').update(secrets.accessKeyId.open()).digest('hex');
  return `${regionId}:${digest.slice(0, 16)}`;
}

const noCredential = (message: string): SessionOutcome => ({ kind: 'no_credential', message });
