// Notes that upstream refuses a credential: once, with an event and one line of the log. Work never fails over it.
import type { Clock, Journal } from '../use-cases/ports.js';
import type { Credential, CredentialStore } from '../use-cases/ports-credentials.js';
import type { UpstreamFault } from '../use-cases/ports-upstream.js';

export interface HealthParts {
  readonly credentials: CredentialStore;
  readonly clock: Clock;
  readonly journal: Journal;
}

export class CredentialHealth {
  constructor(private readonly parts: HealthParts) {}

  /** Never rejects: a refusal that was not noted comes again. */
  async refused(credential: Credential, { code, requestId }: UpstreamFault): Promise<void> {
    if (credential.unhealthy !== null) return;
    const { credentials, clock, journal } = this.parts;
    const { id: credentialId, tenant } = credential;
    const since = clock.now();
    const isNews = await credentials.fellIll(credential, { since, code }).catch(() => false);
    if (isNews) {
      const facts = { tenant, credentialId, code, upstreamRequestId: requestId };
      journal.warn('upstream refuses a credential', facts);
    }
  }
}
