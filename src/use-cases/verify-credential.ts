// Asks upstream whether it takes a key, by one harmless call: what upstream did not say is never answered for it.
import { Injectable } from '@nestjs/common';
import { Problem } from '../domain/errors.js';
import { Breakers, type Breaker } from './ports-breakers.js';
import { CredentialStore, type Credential } from './ports-credentials.js';
import { Clock, Ids, Journal, Pause } from './ports.js';
import { Upstream, type Read, type UpstreamFault, type UpstreamSession } from './ports-upstream.js';

export interface VerifyCommand {
  readonly tenant: string;
  readonly id: string;
  /** An operator's decision: submit again where upstream has said that the import is gone. */
  readonly resume: boolean;
}

export type Verification =
  /** Upstream takes the key. Imports wait where a breaker is open; `closed` were so until now. */
  | {
      readonly valid: true;
      readonly open: readonly Breaker[];
      readonly closed: readonly Breaker[];
      readonly checkedAt: number;
    }
  /** Upstream refuses it, in its own words. What was open stays open. */
  | {
      readonly valid: false;
      readonly code: string;
      readonly message: string;
      readonly checkedAt: number;
    };

/** A person waits for the answer: in all this long for the quota, then another try is theirs. */
const MAX_WAIT_MS = 5_000;

/** Where upstream does not say when to ask again. */
const RETRY_SECONDS = 5;

@Injectable()
export class VerifyCredential {
  constructor(
    private readonly credentials: CredentialStore,
    private readonly upstream: Upstream,
    private readonly breakers: Breakers,
    private readonly clock: Clock,
    private readonly pause: Pause,
    private readonly ids: Ids,
    private readonly journal: Journal,
  ) {}

  /** Throws Problem: not_found, unavailable when upstream does not say whether it takes the key. */
  async verify({ tenant, id, resume }: VerifyCommand): Promise<Verification> {
    const credential = await this.credentials.find(tenant, id);
    // Does not repeat the id: it is whatever the caller wrote into the path.
    if (credential === null) throw new Problem('not_found', 'There is no such credential.');
    const opened = await this.session(credential);
    const answer = opened.ok ? await opened.value.verify(credential.regionId) : opened;
    const checkedAt = this.clock.now();
    if (answer.ok) {
      await this.credentials.verified(credential, checkedAt);
      return { valid: true, checkedAt, ...(await this.heldBack(credential, resume)) };
    }
    const { fault } = answer;
    const isRefused = fault.class === 'auth' || !opened.ok;
    if (!isRefused) throw undecided(fault);
    return { valid: false, code: fault.code, message: fault.message, checkedAt };
  }

  /**
   * Waits for its turn, in line with all that calls upstream for the account, but not for long. A fault
   * where upstream refuses to give out a session at all.
   */
  private async session({ tenant, id, regionId }: Credential): Promise<Read<UpstreamSession>> {
    const who = { id: `verify:${this.ids.token()}`, tenant, credentialId: id, regionId };
    let leftMs = MAX_WAIT_MS;
    for (;;) {
      const opened = await this.upstream.open(who, 1, 'background');
      if (opened.kind === 'open') return { ok: true, value: opened.session };
      if (opened.kind === 'no_credential') {
        if (opened.fault !== undefined) return { ok: false, fault: opened.fault };
        throw unavailable(`The key cannot be verified: ${opened.message}.`, RETRY_SECONDS);
      }
      const waitMs = Math.max(1, opened.untilMs - this.clock.now());
      if (waitMs > leftMs) {
        const detail =
          opened.why ?? 'The quota of upstream calls has no room for a verification now.';
        throw unavailable(detail, secondsOf(waitMs));
      }
      leftMs -= waitMs;
      await this.pause.wait(waitMs);
    }
  }

  private async heldBack(
    { tenant, id }: Credential,
    resume: boolean,
  ): Promise<Record<'open' | 'closed', readonly Breaker[]>> {
    if (!resume) return { open: await this.breakers.openOf(tenant, id), closed: [] };
    const closed = await this.breakers.close(tenant, id);
    if (closed.length > 0) {
      const regionIds = closed.map(({ regionId }) => regionId);
      this.journal.warn('imports resumed on request', { tenant, credentialId: id, regionIds });
    }
    return { open: [], closed };
  }
}

function undecided({ code, message, requestId, retryAfterMs }: UpstreamFault): Problem {
  const request = requestId === null ? '' : ` (request ${requestId})`;
  return unavailable(
    `Upstream did not say whether it takes the key: ${code}${request}: ${message}`,
    retryAfterMs === null ? RETRY_SECONDS : secondsOf(retryAfterMs),
  );
}

const unavailable = (detail: string, retryAfterSeconds: number): Problem =>
  new Problem('unavailable', detail, { retryAfterSeconds });

const secondsOf = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));
