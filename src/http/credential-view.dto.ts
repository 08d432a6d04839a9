// What a caller sees of a credential: no secret in any form.
import { ApiProperty } from '@nestjs/swagger';
import { CREDENTIAL_TYPES, type CredentialType } from '../domain/credential.js';
import type { CredentialSummary } from '../use-cases/manage-credentials.js';
import type { Page } from '../use-cases/ports.js';
import { nextCursorOf } from './list.dto.js';
import { timestamp, timestampOrNull } from './timestamps.js';

const HEALTH = ['ok', 'unhealthy'] as const;

export class CredentialHealthView {
  /** `unhealthy` from a refusal of its secret on, until it is verified or replaced */
  @ApiProperty({ enum: HEALTH })
  status!: (typeof HEALTH)[number];

  /** When it was first refused; null while it is well */
  since!: string | null;

  /**
   * What Alibaba Cloud said then; null while it is well
   * @example "InvalidAccessKeyId.NotFound"
   */
  code!: string | null;

  static of({ unhealthy }: CredentialSummary): CredentialHealthView {
    if (unhealthy === null) return { status: 'ok', since: null, code: null };
    return { status: 'unhealthy', since: timestamp(unhealthy.since), code: unhealthy.code };
  }
}

export class CredentialView {
  /**
   * Id of the credential
   * @example "cred_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  id!: string;

  /**
   * For people to tell credentials apart
   * @example "payments, production"
   */
  name!: string;

  /** What kind of secret it is; see the body of POST */
  @ApiProperty({ enum: CREDENTIAL_TYPES })
  type!: CredentialType;

  /**
   * Region of migrations that name none
   * @example "cn-hangzhou"
   */
  regionId!: string;

  /**
   * First and last four characters; null for a type without one
   * @example "LTAI****Id01"
   */
  accessKeyId!: string | null;

  /**
   * The role that is assumed; null where none is named
   * @example "acs:ram::1234567890123456:role/rds-import"
   */
  roleArn!: string | null;

  /**
   * Id of the master key that protects it
   * @example "k1"
   */
  keyVersion!: string;

  /** When it was stored */
  createdAt!: string;

  /** When it last changed: its name or its secret */
  updatedAt!: string;

  /** When upstream was last called with it; null until then */
  lastUsedAt!: string | null;

  /** When its secret was last verified; null until then */
  lastVerifiedAt!: string | null;

  /** Whether Alibaba Cloud takes its secret, as far as is known */
  health!: CredentialHealthView;

  static of(credential: CredentialSummary): CredentialView {
    const { id, name, type, regionId, maskedKeyId, roleArn, keyVersion } = credential;
    return {
      ...{ id, name, type, regionId, accessKeyId: maskedKeyId, roleArn, keyVersion },
      createdAt: timestamp(credential.createdAt),
      updatedAt: timestamp(credential.updatedAt),
      lastUsedAt: timestampOrNull(credential.lastUsedAt),
      lastVerifiedAt: timestampOrNull(credential.lastVerifiedAt),
      health: CredentialHealthView.of(credential),
    };
  }
}

export class CredentialListView {
  /** Newest first */
  items!: CredentialView[];

  /**
   * For the next page; null on the last one
   * @example "Y3JlZF8wMWpkZW1vcTR5N3o4YjljMGQxZTJmM2c0aA"
   */
  nextCursor!: string | null;

  static of({ items, nextAfterId }: Page<CredentialSummary>): CredentialListView {
    return {
      items: items.map((credential) => CredentialView.of(credential)),
      nextCursor: nextCursorOf(nextAfterId),
    };
  }
}
