// What signs the calls of a credential: its own keys, or a session that they, or this machine, are given. A session is
// kept in this process alone, asked for once however many want it, and renewed while the old one still serves.
import { retryDelayMs } from '../domain/held-back.js';
import { MAX_BUSY_WAIT_MS } from '../domain/policy.js';
import type { Clock } from '../use-cases/ports.js';
import type { Credential, CredentialSecrets, RolePlan } from '../use-cases/ports-credentials.js';
import { isPassing, type UpstreamFault } from '../use-cases/ports-upstream.js';
import type { Identify } from './rds-machine-identity.js';
import { stsEndpointOf, type Endpoint } from './rds-endpoints.js';
import { scrubber } from './rds-text.js';
import type { Session, SessionAnswer, StsClient } from './sts-client.js';

/** A session is renewed this long before its end: longer than any work that began with it lasts. */
export const RENEW_BEFORE_MS = 5 * 60_000;

/** While the renewal fails, the old one is used until shortly before its end. */
const LEAST_LEFT_MS = 60_000;

/** A refusal is believed this long: of a thousand migrations not each asks again. */
const REFUSAL_LIFE_MS = 5_000;

export type SigningSecrets =
  | { readonly kind: 'ready'; readonly secrets: CredentialSecrets }
  /** It lasts until somebody mends it; the fault is upstream's word. */
  | { readonly kind: 'refused'; readonly fault: UpstreamFault }
  | { readonly kind: 'wait'; readonly untilMs: number; readonly fault: UpstreamFault };

type Owner = Pick<Credential, 'id' | 'regionId' | 'sealed' | 'maskedKeyId'>;

interface Entry {
  /** Of another secret another session. */
  readonly sealed: string;
  session: Session | null;
  asking: Promise<void> | null;
  failure: Failure | null;
}

interface Failure {
  readonly fault: UpstreamFault;
  readonly since: number;
  readonly times: number;
  /** Not asked again before. */
  readonly untilMs: number;
  readonly lasts: boolean;
}

export interface SessionParts {
  readonly clock: Clock;
  readonly sts: StsClient;
  readonly identify: Identify;
  /** Of STS, for every region; null: its own address of each. */
  readonly override: Endpoint | null;
  readonly timeoutMs: number;
}

export class SessionSecrets {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly parts: SessionParts) {}

  /** Never rejects. */
  async of(owner: Owner, stored: CredentialSecrets): Promise<SigningSecrets> {
    const { role } = stored;
    if (role === undefined) return { kind: 'ready', secrets: stored };
    const entry = this.entryOf(owner);
    if (this.isDue(entry)) {
      entry.asking ??= this.ask(entry, owner, { ...stored, role });
      await entry.asking;
    }
    return this.outcome(entry);
  }

  /** Upstream does not take this session: the next who asks gets another. One that is gone already stays gone. */
  drop(credentialId: string, secrets: CredentialSecrets): void {
    const entry = this.entries.get(credentialId);
    if (entry !== undefined && entry.session?.secrets === secrets) entry.session = null;
  }

  private entryOf({ id, sealed }: Owner): Entry {
    const present = this.entries.get(id);
    if (present?.sealed === sealed) return present;
    const fresh = { sealed, session: null, asking: null, failure: null };
    this.forgetOld();
    this.entries.set(id, fresh);
    return fresh;
  }

  /** Credentials come and go: a session that has ended is kept for nobody. */
  private forgetOld(): void {
    const recent = this.parts.clock.now() - 2 * MAX_BUSY_WAIT_MS;
    for (const [id, { session, asking, failure }] of this.entries) {
      const hasFailed = failure !== null && failure.since > recent;
      const isUsed = asking !== null || hasFailed || this.leftMs(session) > 0;
      if (!isUsed) this.entries.delete(id);
    }
  }

  private leftMs(session: Session | null): number {
    return session === null ? 0 : session.expiresAt - this.parts.clock.now();
  }

  private isDue({ session, failure }: Entry): boolean {
    if (failure !== null && this.parts.clock.now() < failure.untilMs) return false;
    return this.leftMs(session) <= RENEW_BEFORE_MS;
  }

  private async ask(
    entry: Entry,
    owner: Owner,
    stored: CredentialSecrets & { readonly role: RolePlan },
  ): Promise<void> {
    const answer = await this.request(owner, stored);
    entry.asking = null;
    if (answer.ok) {
      entry.session = answer.session;
      entry.failure = null;
    } else {
      entry.failure = this.failureOf(answer.fault, entry.failure);
      // Whoever took the keys or the role away meant the session, too.
      if (entry.failure.lasts) entry.session = null;
    }
  }

  private async request(
    { id, regionId, maskedKeyId }: Owner,
    { role, ...keys }: CredentialSecrets & { readonly role: RolePlan },
  ): Promise<SessionAnswer> {
    const { sts, identify, override, timeoutMs } = this.parts;
    const endpoint = stsEndpointOf(regionId, override);
    if (endpoint === null) return { ok: false, fault: WRONG_REGION };
    const usualName = `rds-import-${id}`.replace(/[^\w.@-]/g, '-').slice(0, 64);
    if (role.kind !== 'ram_role_arn') return identify({ role, endpoint, usualName, timeoutMs });
    const scrub = scrubber(keys, maskedKeyId ?? '');
    return sts.assumeRole({ endpoint, keys, role, usualName, scrub });
  }

  private failureOf(fault: UpstreamFault, before: Failure | null): Failure {
    const now = this.parts.clock.now();
    const passes = isPassing(fault);
    const { since, times } = before !== null && !before.lasts ? before : { since: now, times: 0 };
    // However long STS is away: that is no word on the credential.
    const lasts = !passes;
    const delayMs = passes ? retryDelayMs(times + 1, fault.retryAfterMs) : REFUSAL_LIFE_MS;
    return { fault, since, times: times + 1, untilMs: now + delayMs, lasts };
  }

  private outcome({ session, failure }: Entry): SigningSecrets {
    if (session !== null && this.leftMs(session) > (failure === null ? 0 : LEAST_LEFT_MS)) {
      return { kind: 'ready', secrets: session.secrets };
    }
    const { fault, untilMs, lasts } = failure ?? {
      ...{ fault: ENDED_AT_ONCE, untilMs: this.parts.clock.now() + REFUSAL_LIFE_MS, lasts: false },
    };
    return lasts ? { kind: 'refused', fault } : { kind: 'wait', untilMs, fault };
  }
}

const WRONG_REGION: UpstreamFault = {
  ...{ class: 'rejected', code: 'region_invalid', message: 'the region id has the wrong form' },
  ...{ requestId: null, retryAfterMs: null },
};

const ENDED_AT_ONCE: UpstreamFault = {
  ...{ class: 'unclear', code: 'session_ended', message: 'the session that was given had ended' },
  ...{ requestId: null, retryAfterMs: null },
};
