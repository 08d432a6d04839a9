// The one key that works from the first start: scope admin, tenant default.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../domain/access.js';
import { ApiKeys } from '../use-cases/ports.js';
import type { Secret } from '../use-cases/ports-credentials.js';

const BOOTSTRAP: Caller = { keyId: 'bootstrap', tenant: 'default', scopes: ['admin'] };

export class BootstrapApiKeys extends ApiKeys {
  private readonly digest: Buffer | null;

  constructor(key: Secret | null) {
    super();
    this.digest = key === null ? null : digestOf(key.open());
  }

  /** Digests are compared, so neither content nor length can be timed. */
  override async callerOf(key: string): Promise<Caller | null> {
    return this.digest !== null && timingSafeEqual(digestOf(key), this.digest) ? BOOTSTRAP : null;
  }
}

const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest();
