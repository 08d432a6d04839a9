// The in-memory twin of the pauses in Redis: passes the same contract, forgets with the process.
import {
  OUTAGE_FAILURES,
  OUTAGE_FORGOTTEN_MS,
  OUTAGE_SPAN_MS,
  PROBE_LEASE_MS,
} from '../../src/domain/policy.js';
import { probeDelayMs } from '../../src/domain/upstream-outage.js';
import {
  UpstreamPauses,
  type Probe,
  type UpstreamPause,
} from '../../src/use-cases/ports-pauses.js';
import type { CredentialStore } from '../../src/use-cases/ports-credentials.js';
import type { Clock } from '../../src/use-cases/ports.js';
import type { Account, UpstreamFault } from '../../src/use-cases/ports-upstream.js';
import { LOST_KEY } from './memory-breakers.js';

/** With no answer between them. */
interface Failures {
  readonly count: number;
  readonly since: number;
  readonly lastAt: number;
}

/** The masked AccessKeyId stands for the account: nothing here is ever sealed. */
export class MemoryPauses extends UpstreamPauses {
  private readonly failures = new Map<string, Failures>();
  private readonly open = new Map<string, Probe>();
  private hasClosed = false;

  constructor(
    private readonly credentials: CredentialStore,
    private readonly clock: Clock,
  ) {
    super();
  }

  /** When the next probe is due; null while none is open. */
  get nextProbeAt(): number | null {
    const times = [...this.open.values()].map(({ pause }) => pause.probeAt);
    return times.length === 0 ? null : Math.min(...times);
  }

  override async anyOpen(): Promise<boolean> {
    return this.open.size > 0;
  }

  override async openFor(who: Account): Promise<UpstreamPause | null> {
    const scope = await this.scopeOf(who);
    return scope === null ? null : (this.open.get(scope)?.pause ?? null);
  }

  override async failed(who: Account, { code, message }: UpstreamFault): Promise<boolean> {
    const scope = await this.scopeOf(who);
    if (scope === null || this.open.has(scope)) return false;
    const now = this.clock.now();
    const known = this.failures.get(scope);
    const isRow = known !== undefined && now - known.lastAt <= OUTAGE_FORGOTTEN_MS;
    const count = isRow ? known.count + 1 : 1;
    const since = isRow ? known.since : now;
    this.failures.set(scope, { count, since, lastAt: now });
    if (count < OUTAGE_FAILURES || now - since < OUTAGE_SPAN_MS) return false;
    this.failures.delete(scope);
    const { tenant, credentialId, regionId } = who;
    const opened = { code, message, openedAt: now, probeAt: now + probeDelayMs(0), probes: 0 };
    this.open.set(scope, {
      account: { tenant, credentialId, regionId },
      pause: { regionId, ...opened },
    });
    return true;
  }

  override async answered(who: Account): Promise<boolean> {
    const scope = await this.scopeOf(who);
    return scope !== null && this.close(scope);
  }

  override async takeProbes(): Promise<readonly Probe[]> {
    const now = this.clock.now();
    const due = [...this.open].filter(([, { pause }]) => pause.probeAt <= now);
    return due.map(([scope, { account, pause }]) => {
      const leased = { account, pause: { ...pause, probeAt: now + PROBE_LEASE_MS } };
      this.open.set(scope, leased);
      return leased;
    });
  }

  override async postpone(probe: Probe): Promise<void> {
    const scope = this.scopeIn(probe);
    if (scope === null) return;
    const { account, pause } = probe;
    const probes = pause.probes + 1;
    const probeAt = this.clock.now() + probeDelayMs(probes);
    this.open.set(scope, { account, pause: { ...pause, probes, probeAt } });
  }

  override async drop(probe: Probe): Promise<void> {
    const scope = this.scopeIn(probe);
    if (scope !== null) this.close(scope);
  }

  override async takeClosed(): Promise<boolean> {
    const had = this.hasClosed;
    this.hasClosed = false;
    return had;
  }

  private close(scope: string): boolean {
    this.failures.delete(scope);
    if (!this.open.delete(scope)) return false;
    this.hasClosed = true;
    return true;
  }

  /** Unless it is another by now. */
  private scopeIn(probe: Probe): string | null {
    return [...this.open].find(([, one]) => one === probe)?.[0] ?? null;
  }

  private async scopeOf({ tenant, credentialId, regionId }: Account): Promise<string | null> {
    const credential = await this.credentials.find(tenant, credentialId);
    if (credential === null || credential.keyVersion === LOST_KEY) return null;
    return `${regionId} ${credential.maskedKeyId ?? credential.id}`;
  }
}
