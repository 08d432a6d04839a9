// Makes, lists and revokes API keys: an admin those of the own tenant, the operator those of every tenant.
import { Injectable } from '@nestjs/common';
import { isOperator, type Caller, type Scope } from '../domain/access.js';
import { MAX_KEY_LIFE_MS, type ApiKey } from '../domain/api-key.js';
import { invalidRequest, Problem, type Violation } from '../domain/errors.js';
import { Clock, Ids, type Page } from './ports.js';
import { ApiKeyStore } from './ports-access.js';
import type { Secret } from './ports-credentials.js';

export interface KeyRequest {
  readonly name: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number | null;
  readonly instancePatterns: readonly string[] | null;
  readonly idempotency: { readonly key: string; readonly hash: string } | null;
}

export interface CreatedApiKey {
  readonly record: ApiKey;
  readonly key: Secret;
  /** An earlier request with the same idempotency key made it. */
  readonly replayed: boolean;
}

@Injectable()
export class ManageApiKeys {
  constructor(
    private readonly store: ApiKeyStore,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** Throws Problem: forbidden, validation_failed, idempotency_key_reused. */
  async create(caller: Caller, request: KeyRequest): Promise<CreatedApiKey> {
    const { idempotency, ...wanted } = request;
    if (caller.instancePatterns !== null) {
      throw new Problem('forbidden', 'A key with instance patterns makes no keys.');
    }
    if (wanted.tenant !== caller.tenant && !isOperator(caller)) {
      throw new Problem('forbidden', 'The API key makes keys of its own tenant only.');
    }
    const now = this.clock.now();
    refuse(lifeViolations(wanted.expiresAt, now));
    const outcome = await this.store.create(
      { ...wanted, id: this.ids.make('key', now), createdAt: now },
      idempotency === null ? null : { ...idempotency, tenant: caller.tenant },
    );
    if (outcome.kind === 'key_reused') {
      throw new Problem(
        'idempotency_key_reused',
        'This Idempotency-Key was used with another body within the last 24 hours.',
      );
    }
    const { record, key, kind } = outcome;
    return { record, key, replayed: kind === 'replayed' };
  }

  /** Newest first, revoked and expired ones too. */
  async list(
    caller: Caller,
    page: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<ApiKey>> {
    return this.store.list(reachOf(caller), page);
  }

  /** From the next request on. Also the key it is asked with. Throws Problem: not_found. */
  async revoke(caller: Caller, id: string): Promise<void> {
    const outcome = await this.store.revoke(reachOf(caller), id, this.clock.now());
    // Does not repeat the id: it is whatever the caller wrote into the path.
    if (outcome === 'gone') throw new Problem('not_found', 'There is no such API key.');
  }
}

/** Null: every tenant. */
const reachOf = (caller: Caller): string | null => (isOperator(caller) ? null : caller.tenant);

function lifeViolations(expiresAt: number | null, nowMs: number): readonly Violation[] {
  if (expiresAt === null || (expiresAt > nowMs && expiresAt <= nowMs + MAX_KEY_LIFE_MS)) return [];
  const message = 'must be in the future, and at most 10 years away';
  return [{ pointer: '/expiresAt', code: 'wrong_type', message }];
}

function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0) throw invalidRequest(violations);
}
