// The way to upstream: a session for a credential, or why there is none. Secrets are opened here and go no further.
import { randomUUID } from 'node:crypto';
import type { Clock, Shutdown } from '../use-cases/ports.js';
import type {
  Credential,
  CredentialStore,
  CredentialVault,
} from '../use-cases/ports-credentials.js';
import {
  Upstream,
  type Account,
  type SessionOutcome,
  type Survey,
  type Urgency,
} from '../use-cases/ports-upstream.js';
import { scopeOf, secretsOf } from './account-scope.js';
import { endpointOf, parseEndpoint, type Endpoint } from './rds-endpoints.js';
import { Pace } from './rds-pace.js';
import { pagesFor, RdsSession, type SessionParts } from './rds-session.js';
import { scrubber } from './rds-text.js';
import type { CallQuota, Taker } from './redis-quota.js';
import type { RedisSurveys } from './redis-surveys.js';

/** `lastUsedAt` is for people; a write for every call would be for nobody. */
const TOUCH_EVERY_MS = 60_000;

/** A process that shuts down leaves the work to the others this soon. */
const HAND_OVER_MS = 1_000;

export interface RdsUpstreamParts {
  readonly credentials: CredentialStore;
  readonly vault: CredentialVault;
  readonly quota: CallQuota;
  readonly surveys: RedisSurveys;
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

  /** A caller that says which record it works for, as a migration does, keeps its place when it must wait. */
  override async open(who: Account, calls: number, urgency: Urgency): Promise<SessionOutcome> {
    const { shutdown } = this.parts;
    if (shutdown.isUnderWay)
      return { kind: 'wait', untilMs: this.parts.clock.now() + HAND_OVER_MS };
    const endpoint = endpointOf(who.regionId, this.override);
    if (endpoint === null) return noCredential('the region id has the wrong form');
    const credential = await this.parts.credentials.find(who.tenant, who.credentialId);
    if (credential === null) return noCredential('the credential no longer exists');
    const secrets = secretsOf(this.parts.vault, credential);
    if (secrets === null)
      return noCredential('the credential cannot be opened with the master keys at hand');

    const { quota, clock } = this.parts;
    const scope = scopeOf(who.regionId, secrets);
    const taker: Taker = { scope, urgency, id: who.id ?? randomUUID() };
    const grant = calls > 0 ? await quota.take(taker, calls) : null;
    if (grant?.granted === false) return { kind: 'wait', untilMs: grant.retryAtMs };
    await this.touch(credential);
    const reserved = grant === null ? null : { grant, calls };
    const session = new RdsSession({
      endpoint,
      secrets,
      scrub: scrubber(secrets, credential.maskedKeyId),
      pace: new Pace(quota, clock, taker, reserved),
      shutdown,
      clock,
      timeoutMs: this.options.timeoutMs,
      nonceFor: this.parts.nonceFor,
    });
    return { kind: 'open', session };
  }

  override async survey(who: Account, status: string, maxAgeMs: number): Promise<Survey | null> {
    const { credentials, vault, surveys } = this.parts;
    const secrets = secretsOf(vault, await credentials.find(who.tenant, who.credentialId));
    if (secrets === null) return null;
    const topic = `${scopeOf(who.regionId, secrets)}:${status}`;
    // The place in line is the survey's own: whoever asks next goes on for it.
    const account = { ...who, id: `survey:${topic}` };
    return surveys.survey(topic, maxAgeMs, async (lastCount) => {
      const opened = await this.open(account, pagesFor(lastCount), 'tracking');
      if (opened.kind === 'wait') return 'no_room';
      if (opened.kind !== 'open' || !(opened.session instanceof RdsSession)) return 'failed';
      const listed = await opened.session.instancesIn(who.regionId, status);
      return listed.ok ? listed.value : 'failed';
    });
  }

  private async touch(credential: Credential): Promise<void> {
    const nowMs = this.parts.clock.now();
    const { tenant, id, lastUsedAt } = credential;
    if (lastUsedAt !== null && nowMs - lastUsedAt < TOUCH_EVERY_MS) return;
    await this.parts.credentials.touch(tenant, id, nowMs);
  }
}

const noCredential = (message: string): SessionOutcome => ({ kind: 'no_credential', message });
