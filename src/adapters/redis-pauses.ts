// Pauses in Redis: all processes count failures of one upstream together, and one of them probes it.
import {
  OUTAGE_FAILURES,
  OUTAGE_FORGOTTEN_MS,
  OUTAGE_SPAN_MS,
  PROBE_LEASE_MS,
} from '../domain/policy.js';
import { probeDelayMs } from '../domain/upstream-outage.js';
import { UpstreamPauses, type Probe, type UpstreamPause } from '../use-cases/ports-pauses.js';
import type { Account, UpstreamFault } from '../use-cases/ports-upstream.js';
import type { Clock } from '../use-cases/ports.js';
import { openedWith, scopeOf } from './account-scope.js';
import type { CredentialAccess } from './redis-breakers.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const FAILED = new RedisScript(new URL('./pause-failed.lua', import.meta.url));
const ANSWERED = new RedisScript(new URL('./pause-answered.lua', import.meta.url));
const REPLACE = new RedisScript(new URL('./pause-replace.lua', import.meta.url));

/** Where answers keep coming, so often at most it is asked whether there is something to forget. */
const ANSWER_EVERY_MS = 1_000;
/** Accounts of which this process knows when it asked last. */
const MOST_ACCOUNTS = 10_000;

interface Doc {
  readonly account: Account;
  readonly pause: UpstreamPause;
}

export class RedisPauses extends UpstreamPauses {
  /** When each account's answer was last told. */
  private readonly toldAt = new Map<string, number>();

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    private readonly access: CredentialAccess,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async anyOpen(): Promise<boolean> {
    return (await this.redis.exists(this.keys.pauses())) === 1;
  }

  override async openFor(who: Account): Promise<UpstreamPause | null> {
    const scope = await this.scopeOf(who);
    const doc = scope === null ? null : await this.redis.hget(this.keys.pauses(), scope);
    return doc === null ? null : (JSON.parse(doc) as Doc).pause;
  }

  override async failed(who: Account, { code, message }: UpstreamFault): Promise<boolean> {
    const scope = await this.scopeOf(who);
    if (scope === null) return false;
    this.toldAt.delete(nameOf(who));
    const now = this.clock.now();
    const { tenant, credentialId, regionId } = who;
    const opened = { code, message, openedAt: now, probeAt: now + probeDelayMs(0), probes: 0 };
    const doc: Doc = {
      account: { tenant, credentialId, regionId },
      pause: { regionId, ...opened },
    };
    const reply = await FAILED.run(
      this.redis,
      [this.keys.failures(), this.keys.pauses()],
      [scope, now, OUTAGE_FAILURES, OUTAGE_SPAN_MS, OUTAGE_FORGOTTEN_MS, JSON.stringify(doc)],
    );
    return reply === 1;
  }

  /** While nothing fails anywhere this costs one read a second and account, and no write. */
  override async answered(who: Account): Promise<boolean> {
    const name = nameOf(who);
    const now = this.clock.now();
    if (now - (this.toldAt.get(name) ?? -Infinity) < ANSWER_EVERY_MS) return false;
    if (this.toldAt.size >= MOST_ACCOUNTS) this.toldAt.clear();
    this.toldAt.set(name, now);
    const some = await this.redis.exists(this.keys.failures(), this.keys.pauses());
    const scope = some === 0 ? null : await this.scopeOf(who);
    return scope !== null && this.close(scope, '');
  }

  override async takeProbes(): Promise<readonly Probe[]> {
    const all = Object.entries(await this.redis.hgetall(this.keys.pauses()));
    const now = this.clock.now();
    const taken: Probe[] = [];
    for (const [scope, text] of all) {
      const { account, pause } = JSON.parse(text) as Doc;
      if (pause.probeAt > now) continue;
      const leased: Doc = { account, pause: { ...pause, probeAt: now + PROBE_LEASE_MS } };
      if (await this.replace(scope, text, leased)) taken.push(leased);
    }
    return taken;
  }

  override async postpone(probe: Probe): Promise<void> {
    const found = await this.find(probe);
    if (found === null) return;
    const { account, pause } = probe;
    const probes = pause.probes + 1;
    const later = { ...pause, probes, probeAt: this.clock.now() + probeDelayMs(probes) };
    await this.replace(found.scope, found.text, { account, pause: later });
  }

  override async drop(probe: Probe): Promise<void> {
    const found = await this.find(probe);
    if (found !== null) await this.close(found.scope, found.text);
  }

  override async takeClosed(): Promise<boolean> {
    return (await this.redis.del(this.keys.closedPauses())) === 1;
  }

  private async close(scope: string, doc: string): Promise<boolean> {
    const keys = [this.keys.failures(), this.keys.pauses(), this.keys.closedPauses()];
    return (await ANSWERED.run(this.redis, keys, [scope, doc])) === 1;
  }

  private async replace(scope: string, old: string, fresh: Doc): Promise<boolean> {
    const args = [scope, old, JSON.stringify(fresh)];
    return (await REPLACE.run(this.redis, [this.keys.pauses()], args)) === 1;
  }

  /** Null once it is another one, or closed. The credential may have changed since it was opened. */
  private async find({ account, pause }: Probe): Promise<{ scope: string; text: string } | null> {
    const text = JSON.stringify({ account, pause } satisfies Doc);
    const all = Object.entries(await this.redis.hgetall(this.keys.pauses()));
    const own = all.find(([, doc]) => doc === text);
    return own === undefined ? null : { scope: own[0], text };
  }

  private async scopeOf({ tenant, credentialId, regionId }: Account): Promise<string | null> {
    const { credentials, vault } = this.access;
    const opened = openedWith(vault, await credentials.find(tenant, credentialId));
    return opened === null ? null : scopeOf(regionId, opened);
  }
}

const nameOf = ({ tenant, credentialId, regionId }: Account): string =>
  `${tenant} ${credentialId} ${regionId}`;
