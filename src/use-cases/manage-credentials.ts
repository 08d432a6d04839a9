// Keeps the credentials of a tenant: secrets go in, are sealed at once, and never come out again.
import { Injectable } from '@nestjs/common';
import {
  fieldViolations,
  maskKeyId,
  replacementViolations,
  type CredentialType,
} from '../domain/credential.js';
import { Problem, type Violation } from '../domain/errors.js';
import { Clock, Ids, type Page } from './ports.js';
import {
  CredentialStore,
  CredentialVault,
  Secret,
  type Credential,
  type CredentialSecrets,
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

/** What of a credential can be replaced: its role is what it was made for. */
type Keys = Omit<CredentialSecrets, 'role'>;

export interface CredentialPatch {
  readonly tenant: string;
  readonly id: string;
  readonly name?: string;
  /** Replaces the secret; without an AccessKeyId it is a new secret of the same key. */
  readonly secrets?: Partial<Keys>;
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
    refuse(fieldViolations(type, fieldsIn(secrets)));
    const now = this.clock.now();
    const id = this.ids.make('cred', now);
    const credential: Credential = {
      ...{ id, tenant, name, type, regionId, version: 1 },
      ...this.seal({ tenant, id }, secrets),
      ...{ createdAt: now, updatedAt: now, lastUsedAt: null, lastVerifiedAt: null },
      unhealthy: null,
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
    // What was verified, or refused, was the old secret.
    return { ...renamed, ...sealed, lastVerifiedAt: null, unhealthy: null };
  }

  private completed(before: Credential, given: Partial<Keys>): CredentialSecrets {
    const { accessKeySecret, securityToken = null } = given;
    const named = Object.entries(given).filter(([, secret]) => secret !== null);
    refuse(replacementViolations(before.type, new Set(named.map(([name]) => name))));
    // The old secrets are opened only when needed: a lost master key must not keep anyone from replacing them.
    const isOldNeeded = given.accessKeyId === undefined || before.type === 'ram_role_arn';
    const old = isOldNeeded ? this.vault.open(before) : null;
    const accessKeyId = given.accessKeyId ?? old?.accessKeyId;
    if (accessKeyId === undefined || accessKeySecret === undefined) {
      throw new Error('A rule let half of a secret through');
    }
    const role = old?.role;
    return { accessKeyId, accessKeySecret, securityToken, ...(role !== undefined && { role }) };
  }

  private seal(
    owner: Pick<Credential, 'tenant' | 'id'>,
    secrets: CredentialSecrets,
  ): Pick<Credential, 'sealed' | 'keyVersion' | 'maskedKeyId' | 'roleArn'> {
    const { sealed, keyVersion } = this.vault.seal(owner, secrets);
    const keyId = secrets.accessKeyId.open();
    const maskedKeyId = keyId === '' ? null : maskKeyId(keyId);
    const { role } = secrets;
    const roleArn = role === undefined || role.kind === 'ecs_ram_role' ? null : role.roleArn;
    return { sealed, keyVersion, maskedKeyId, roleArn };
  }
}

/** As the contract names them. */
function fieldsIn({ role, ...keys }: CredentialSecrets): ReadonlySet<string> {
  const { kind: _, ...ofRole } = role ?? { kind: null };
  const texts = { ...keys, ...ofRole };
  const given = Object.entries(texts).filter(([, text]) => text !== null && !isEmpty(text));
  return new Set(given.map(([name]) => name));
}

const isEmpty = (text: Secret | string): boolean =>
  (typeof text === 'string' ? text : text.open()) === '';

/** Names each field: what is added to the record later stays inside until it is named here. */
function summary(credential: Credential): CredentialSummary {
  const { id, name, type, regionId, maskedKeyId, roleArn, keyVersion } = credential;
  const { createdAt, updatedAt, lastUsedAt, lastVerifiedAt, unhealthy } = credential;
  return {
    ...{ id, name, type, regionId, maskedKeyId, roleArn, keyVersion },
    ...{ createdAt, updatedAt, lastUsedAt, lastVerifiedAt, unhealthy },
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
