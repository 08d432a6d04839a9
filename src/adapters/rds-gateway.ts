// The way to upstream: a session for a credential, or why there is none. Secrets are opened here and go no further.
import { randomUUID } from 'node:crypto';
import { isSessionType, maskKeyId } from '../domain/credential.js';
import type { Clock, Shutdown } from '../use-cases/ports.js';
import type {
  Credential,
  CredentialSecrets,
  CredentialStore,
  CredentialVault,
} from '../use-cases/ports-credentials.js';
import type { Figures } from '../use-cases/ports-figures.js';
import type { Tracing } from '../use-cases/ports-tracing.js';
import {
  Upstream,
  type Account,
  type SessionOutcome,
  type Survey,
  type UpstreamFault,
  type Urgency,
} from '../use-cases/ports-upstream.js';
import { openedWith, scopeOf } from './account-scope.js';
import type { CredentialHealth } from './credential-health.js';
import { endpointOf, parseEndpoint, type Endpoint } from './rds-endpoints.js';
import { Pace } from './rds-pace.js';
import { pagesFor, RdsSession, type SessionParts } from './rds-session.js';
import { scrubber } from './rds-text.js';
import type { CallQuota, Taker } from './redis-quota.js';
import type { RedisSurveys } from './redis-surveys.js';
import type { SessionSecrets, SigningSecrets } from './session-secrets.js';

/** `lastUsedAt` is for people; a write for every call would be for nobody. */
const TOUCH_EVERY_MS = 60_000;

/** Upstream's words for a key or a token that it does not take, as against a right that is missing. */
const OF_A_SESSION =
  /^(InvalidSecurityToken|InvalidAccessKeyId|MissingSecurityToken|SignatureDoesNotMatch)(\.|$)/;
const HAS_ENDED = /^InvalidSecurityToken\.Expired$/;

/** A process that shuts down leaves the work to the others this soon. */
const HAND_OVER_MS = 1_000;

export interface RdsUpstreamParts {
  readonly credentials: CredentialStore;
  readonly vault: CredentialVault;
  readonly sessions: SessionSecrets;
  readonly health: CredentialHealth;
  readonly quota: CallQuota;
  readonly surveys: RedisSurveys;
  readonly clock: Clock;
  readonly shutdown: Shutdown;
  readonly tracing: Tracing;
  readonly figures: Figures;
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
    const opened = openedWith(this.parts.vault, credential);
    if (opened === null)
      return {
        ...noCredential('the credential cannot be opened with the master keys at hand'),
        mayReturn: true,
      };
    const signing = await this.parts.sessions.of(credential, opened.secrets);
    if (signing.kind !== 'ready') return this.unsigned(credential, signing);

    const { quota, clock } = this.parts;
    const scope = scopeOf(who.regionId, opened);
    const taker: Taker = { scope, urgency, id: who.id ?? randomUUID() };
    const grant = calls > 0 ? await quota.take(taker, calls) : null;
    if (grant?.granted === false) return { kind: 'wait', untilMs: grant.retryAtMs };
    await this.touch(credential);
    const pace = new Pace(quota, clock, taker, grant === null ? null : { grant, calls });
    const { secrets } = signing;
    const way = { endpoint, pace, regionId: who.regionId };
    return { kind: 'open', session: this.sessionOf(credential, secrets, way) };
  }

  private sessionOf(
    credential: Credential,
    secrets: CredentialSecrets,
    way: Pick<SessionParts, 'endpoint' | 'pace' | 'regionId'>,
  ): RdsSession {
    const { shutdown, clock, nonceFor, tracing, figures } = this.parts;
    return new RdsSession({
      ...way,
      secrets,
      scrub: scrubber(secrets, maskKeyId(secrets.accessKeyId.open())),
      ...{ shutdown, clock, nonceFor, tracing, figures },
      timeoutMs: this.options.timeoutMs,
      judge: (fault) => this.judge(credential, secrets, fault),
    });
  }

  /**
   * A session that has ended, or is not known, is given up. That it has ended is not the credential's fault:
   * nothing was started, and the next attempt has another.
   */
  private async judge(
    credential: Credential,
    secrets: CredentialSecrets,
    fault: UpstreamFault,
  ): Promise<UpstreamFault> {
    if (fault.class !== 'auth') return fault;
    const { sessions, health } = this.parts;
    const isSession = isSessionType(credential.type);
    if (isSession && OF_A_SESSION.test(fault.code)) sessions.drop(credential.id, secrets);
    if (isSession && HAS_ENDED.test(fault.code)) return { ...fault, class: 'throttled' };
    await health.refused(credential, fault);
    return fault;
  }

  private async unsigned(
    credential: Credential,
    signing: Exclude<SigningSecrets, { kind: 'ready' }>,
  ): Promise<SessionOutcome> {
    const { fault } = signing;
    const message = `no session is given out: ${fault.code}: ${fault.message}`;
    if (signing.kind === 'wait') return { kind: 'wait', untilMs: signing.untilMs, why: message };
    await this.parts.health.refused(credential, fault);
    return { kind: 'no_credential', message, fault };
  }

  override async survey(who: Account, status: string, maxAgeMs: number): Promise<Survey | null> {
    const { credentials, vault, surveys } = this.parts;
    const own = openedWith(vault, await credentials.find(who.tenant, who.credentialId));
    if (own === null) return null;
    const topic = `${scopeOf(who.regionId, own)}:${status}`;
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

const noCredential = (message: string) => ({ kind: 'no_credential', message }) as const;
