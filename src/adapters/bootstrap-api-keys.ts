// The one key that works from the first start, beside those on record: scope admin, the operator's tenant.
import { createHash, timingSafeEqual } from 'node:crypto';
import { OPERATOR_TENANT, type Caller } from '../domain/access.js';
import { ApiKeys } from '../use-cases/ports-access.js';
import type { Secret } from '../use-cases/ports-credentials.js';

const BOOTSTRAP: Caller = {
  ...{ keyId: 'bootstrap', tenant: OPERATOR_TENANT, scopes: ['admin'] },
  instancePatterns: null,
};

export class BootstrapApiKeys extends ApiKeys {
  private readonly digest: Buffer | null;

  constructor(
    key: Secret | null,
    private readonly stored: ApiKeys,
  ) {
    super();
    this.digest = key === null ? null : digestOf(key.open());
  }

  override async callerOf(key: string): Promise<Caller | null> {
    return this.isBootstrap(key) ? BOOTSTRAP : this.stored.callerOf(key);
  }

  /** Digests are compared, so neither content nor length can be timed. */
  private isBootstrap(key: string): boolean {
    return this.digest !== null && timingSafeEqual(digestOf(key), this.digest);
  }
}

const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest();
