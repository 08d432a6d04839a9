// Readiness of what this process stands on: Redis answers, keeps what it is given, the outbox moves, and no master key is missing.
import { HealthProbes, type PartHealth } from '../use-cases/ports.js';
import type { MasterKeys } from '../use-cases/ports-master-keys.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisDurability } from './redis-durability.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisSealedCredentials, webhookRows } from './redis-sealed-credentials.js';

/** A probe that takes longer has failed. */
const PATIENCE_MS = 1_500;
/** So many wake-ups not passed on mean that nobody passes them on. */
const MOST_WAKES_WAITING = 10_000;

export class RedisHealthProbes extends HealthProbes {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    private readonly durability: RedisDurability,
    private readonly where: { readonly isProduction: boolean; readonly masterKeys: MasterKeys },
  ) {
    super();
  }

  override async all(): Promise<Readonly<Record<string, PartHealth>>> {
    const [redis, storage, queues, masterKeys] = await Promise.all([
      probe(async () => ({ ok: (await this.redis.ping()) === 'PONG', detail: 'answers' })),
      probe(() => this.storage()),
      probe(() => this.queues()),
      probe(() => this.masterKeys()),
    ]);
    return { redis, storage, queues, masterKeys };
  }

  /** Outside of production a Redis that may forget is a warning, not a fault. */
  private async storage(): Promise<PartHealth> {
    const { mode, problems, troubles, notChecked } = await this.durability.inspect();
    const wrong = [...problems, ...troubles];
    if (wrong.length > 0) return { ok: !this.where.isProduction, detail: wrong.join('; ') };
    const but = notChecked.length === 0 ? '' : `; not checked: ${notChecked.join(', ')}`;
    return { ok: true, detail: `durable (${mode}${but})` };
  }

  private async queues(): Promise<PartHealth> {
    const waiting = await this.redis.zcard(this.keys.outbox());
    return { ok: waiting < MOST_WAKES_WAITING, detail: `${waiting} wake-ups to pass on` };
  }

  private async masterKeys(): Promise<PartHealth> {
    const kinds = await Promise.all([
      new RedisSealedCredentials(this.redis, this.keys).keyVersions(),
      new RedisSealedCredentials(this.redis, this.keys, webhookRows).keyVersions(),
    ]);
    const inUse = [...new Set(kinds.flat())];
    const missing = inUse.filter((keyVersion) => !this.where.masterKeys.hasKey(keyVersion));
    if (missing.length === 0) return { ok: true, detail: 'open every credential' };
    const verb = missing.length === 1 ? 'is' : 'are';
    const detail = `credentials are sealed under ${missing.join(', ')}, which ${verb} not in MASTER_KEYS`;
    return { ok: false, detail };
  }
}

async function probe(look: () => Promise<PartHealth>): Promise<PartHealth> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<PartHealth>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: 'does not answer' }), PATIENCE_MS);
  });
  try {
    return await Promise.race([look(), late]);
  } catch {
    return { ok: false, detail: 'cannot be reached' };
  } finally {
    clearTimeout(timer);
  }
}
