// Keeps the credentials of a tenant: secrets go in, are sealed at once, and never come out again.
import { Injectable } from '@nestjs/common';
import { maskKeyId, tokenViolations } from '../domain/credential.js';
import { Problem, type Violation } from '../domain/errors.js';
import { Clock, Ids, type Page } from './ports.js';
import {
  CredentialStore,
  CredentialVault,
  type Credential,
  type CredentialSecrets,
  type CredentialType,
} from './ports-credentials.js';

/** What a caller may see. */
export type CredentialSummary = Omit<Credential, 'sealed' | 'tenant' | 'version'>;

export interface NewCredential {
  readonly tenant: string;
  readonly name: string;
  readonly type: CredentialType;
  readonly regionId: string;
  readonly secrets: CredentialSecrets;
  /**
   * `hash` is of a body with a secret in it and is stored for a day: it must be keyed (HMAC), or
   * whoever reads the store could test guesses of a weak secret against it.
   */
  readonly idempotency: { readonly key: string; readonly hash: string } | null;
}

export interface CreatedCredential {
  readonly credential: CredentialSummary;
  /** An earlier request with the same idempotency key made it. */
  readonly replayed: boolean;
}

export interface CredentialPatch {
  readonly tenant: string;
  readonly id: string;
  readonly name?: string;
  /** Replaces the secret; without an AccessKeyId it is a new secret of the same key. */
  readonly secrets?: Partial<CredentialSecrets>;
}

/** Each lost race means that another patch was written; people do not patch one credential this often. */
const MAX_REPLACE_TRIES = 10;

@Injectable()
export class ManageCredentials {
  constructor(
    private readonly store: CredentialStore,
    private readonly vault: CredentialVault,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** Throws Problem: validation_failed, idempotency_key_reused. */
  async create(fresh: NewCredential): Promise<CreatedCredential> {
    const { tenant, name, type, regionId, secrets } = fresh;
    refuse(tokenViolations(type, secrets.securityToken !== null));
    const now = this.clock.now();
    const id = this.ids.make('cred', now);
    const credential: Credential = {
      ...{ id, tenant, name, type, regionId, version: 1 },
      ...this.seal({ tenant, id }, secrets),
      ...{ createdAt: now, updatedAt: now, lastUsedAt: null, lastVerifiedAt: null },
    };
    const outcome = await this.store.create(credential, fresh.idempotency);
    switch (outcome.kind) {
      case 'created':
        return { credential: summary(credential), replayed: false };
      case 'replayed':
        return { credential: summary(outcome.credential), replayed: true };
      case 'key_reused':
        throw new Problem(
          'idempotency_key_reused',
          'This Idempotency-Key was used with another body within the last 24 hours.',
        );
    }
  }

  /** Throws Problem: not_found. */
  async find(tenant: string, id: string): Promise<CredentialSummary> {
    return summary(await this.existing(tenant, id));
  }

  /** Newest first. */
  async list(
    tenant: string,
    page: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<CredentialSummary>> {
    const { items, nextAfterId } = await this.store.list(tenant, page);
    return { items: items.map(summary), nextAfterId };
  }

  /** Throws Problem: not_found, validation_failed, unavailable when others keep changing it. */
  async patch(patch: CredentialPatch): Promise<CredentialSummary> {
    for (let tries = 0; tries < MAX_REPLACE_TRIES; tries += 1) {
      const before = await this.existing(patch.tenant, patch.id);
      const after = this.patched(before, patch);
      const outcome = await this.store.replace(after);
      if (outcome === 'replaced') return summary(after);
      if (outcome === 'gone') throw notFound();
    }
    throw new Problem('unavailable', `Others keep changing ${patch.id}.`, { retryAfterSeconds: 1 });
  }

  /** Throws Problem: not_found, credential_in_use. */
  async remove(tenant: string, id: string): Promise<void> {
    const outcome = await this.store.remove(tenant, id);
    if (outcome === 'gone') throw notFound();
    if (outcome === 'in_use') {
      throw new Problem(
        'credential_in_use',
        `At least one migration that has not ended uses ${id}. Wait for it or cancel it.`,
      );
    }
  }

  private async existing(tenant: string, id: string): Promise<Credential> {
    const credential = await this.store.find(tenant, id);
    if (credential === null) throw notFound();
    return credential;
  }

  private patched(before: Credential, { name, secrets }: CredentialPatch): Credential {
    const renamed: Credential = {
      ...before,
      name: name ?? before.name,
      version: before.version + 1,
      updatedAt: this.clock.now(),
    };
    if (secrets === undefined) return renamed;
    const sealed = this.seal(before, this.completed(before, secrets));
    // What was verified was the old secret.
    return { ...renamed, ...sealed, lastVerifiedAt: null };
  }

  private completed(before: Credential, given: Partial<CredentialSecrets>): CredentialSecrets {
    const { accessKeySecret, securityToken = null } = given;
    const violations = tokenViolations(before.type, securityToken !== null);
    if (accessKeySecret === undefined) {
      const pointer = '/accessKeySecret';
      const message = 'The parts of a credential are replaced together with its secret';
      throw invalid([{ pointer, code: 'required', message }, ...violations]);
    }
    refuse(violations);
    // The old secrets are opened only when needed: a lost master key must not keep anyone from replacing them.
    const accessKeyId = given.accessKeyId ?? this.vault.open(before).accessKeyId;
    return { accessKeyId, accessKeySecret, securityToken };
  }

  private seal(
    owner: Pick<Credential, 'tenant' | 'id'>,
    secrets: CredentialSecrets,
  ): Pick<Credential, 'sealed' | 'keyVersion' | 'maskedKeyId'> {
    const { sealed, keyVersion } = this.vault.seal(owner, secrets);
    return { sealed, keyVersion, maskedKeyId: maskKeyId(secrets.accessKeyId.open()) };
  }
}

/** Names each field: what is added to the record later stays inside until it is named here. */
function summary(credential: Credential): CredentialSummary {
  const { id, name, type, regionId, maskedKeyId, keyVersion } = credential;
  const { createdAt, updatedAt, lastUsedAt, lastVerifiedAt } = credential;
  return {
    ...{ id, name, type, regionId, maskedKeyId, keyVersion },
    ...{ createdAt, updatedAt, lastUsedAt, lastVerifiedAt },
  };
}

/** Does not repeat the id: it is whatever the caller wrote into the path. */
const notFound = (): Problem => new Problem('not_found', 'There is no such credential.');

const invalid = (violations: readonly Violation[]): Problem =>
  new Problem('validation_failed', `${violations.length} rule(s) of the request are broken.`, {
    violations,
  });

function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0) throw invalid(violations);
}
