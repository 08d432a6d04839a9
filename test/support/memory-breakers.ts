// The in-memory twin of the Redis breakers: passes the same contract, forgets with the process.
import { accountOfRole } from '../../src/domain/credential.js';
import { Breakers, type Breaker } from '../../src/use-cases/ports-breakers.js';
import type { CredentialStore } from '../../src/use-cases/ports-credentials.js';
import type { Clock } from '../../src/use-cases/ports.js';
import type { Account, UpstreamFault } from '../../src/use-cases/ports-upstream.js';

/** `keyVersion` of a credential whose master key is lost. */
export const LOST_KEY = 'lost';

/** The role's account or the masked AccessKeyId stands for the account: nothing here is ever sealed, so nothing need be opened. */
export class MemoryBreakers extends Breakers {
  /** By account, then by region. */
  private readonly open = new Map<string, Map<string, Breaker>>();

  constructor(
    private readonly credentials: CredentialStore,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async anyOpen(): Promise<boolean> {
    return this.open.size > 0;
  }

  override async openFor(who: Account): Promise<Breaker | null> {
    const account = await this.accountOf(who.tenant, who.credentialId);
    return account === null ? null : (this.open.get(account)?.get(who.regionId) ?? null);
  }

  override async openOf(tenant: string, credentialId: string): Promise<readonly Breaker[]> {
    const account = await this.accountOf(tenant, credentialId);
    return account === null ? [] : this.ofAccount(account);
  }

  override async trip(who: Account, fault: UpstreamFault): Promise<boolean> {
    const account = await this.accountOf(who.tenant, who.credentialId);
    if (account === null) return false;
    const regions = this.open.get(account) ?? new Map<string, Breaker>();
    const { regionId } = who;
    if (regions.has(regionId)) return false;
    const { code, message, requestId } = fault;
    regions.set(regionId, { regionId, code, message, requestId, openedAt: this.clock.now() });
    this.open.set(account, regions);
    return true;
  }

  override async close(tenant: string, credentialId: string): Promise<readonly Breaker[]> {
    const account = await this.accountOf(tenant, credentialId);
    if (account === null) return [];
    const breakers = this.ofAccount(account);
    this.open.delete(account);
    return breakers;
  }

  private ofAccount(account: string): readonly Breaker[] {
    const breakers = [...(this.open.get(account)?.values() ?? [])];
    return breakers.toSorted((a, b) => (a.regionId < b.regionId ? -1 : 1));
  }

  private async accountOf(tenant: string, credentialId: string): Promise<string | null> {
    const credential = await this.credentials.find(tenant, credentialId);
    if (credential === null || credential.keyVersion === LOST_KEY) return null;
    return accountOfRole(credential.roleArn ?? '') ?? credential.maskedKeyId ?? credential.id;
  }
}
