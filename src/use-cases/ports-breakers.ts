// What stops imports of a cloud account in a region once upstream has said that the action is gone.
import type { Account, UpstreamFault } from './ports-upstream.js';

export interface Breaker {
  readonly regionId: string;
  /** Upstream's own, of the answer that opened it. */
  readonly code: string;
  readonly message: string;
  readonly requestId: string | null;
  /** Milliseconds since the epoch. */
  readonly openedAt: number;
}

/**
 * One for each cloud account and region: who stores the same key twice, or in two tenants, has the same
 * ones. For a credential that is gone or cannot be opened none is open, and none can be opened or closed.
 */
export abstract class Breakers {
  /** Is any open at all? One cheap read: almost always it is none. */
  abstract anyOpen(): Promise<boolean>;
  /** Null while imports may be submitted for this account in this region. */
  abstract openFor(who: Account): Promise<Breaker | null>;
  /** All regions of the credential's cloud account, in the order of their names. */
  abstract openOf(tenant: string, credentialId: string): Promise<readonly Breaker[]>;
  /** True when this call opened it, false when it was open already (the first one stays on record). */
  abstract trip(who: Account, fault: UpstreamFault): Promise<boolean>;
  /** Closes it in all regions of the credential's account; answers what was open. */
  abstract close(tenant: string, credentialId: string): Promise<readonly Breaker[]>;
}
