// What a caller sees of a credential: no secret in any form.
import { ApiProperty } from '@nestjs/swagger';
import type { CredentialSummary } from '../use-cases/manage-credentials.js';
import type { Page } from '../use-cases/ports.js';
import type { CredentialType } from '../use-cases/ports-credentials.js';
import { CREDENTIAL_TYPES } from './credential.dto.js';
import { nextCursorOf } from './list.dto.js';
import { timestamp, timestampOrNull } from './timestamps.js';

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
   * First and last four characters
   * @example "LTAI****Id01"
   */
  accessKeyId!: string;

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

  static of(credential: CredentialSummary): CredentialView {
    const { id, name, type, regionId, maskedKeyId, keyVersion } = credential;
    return {
      ...{ id, name, type, regionId, accessKeyId: maskedKeyId, keyVersion },
      createdAt: timestamp(credential.createdAt),
      updatedAt: timestamp(credential.updatedAt),
      lastUsedAt: timestampOrNull(credential.lastUsedAt),
      lastVerifiedAt: timestampOrNull(credential.lastVerifiedAt),
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
