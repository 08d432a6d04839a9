// One migration of a batch: the fields of a migration, each of which the batch may fill in, and its place among the others.
import { ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { IsArray, IsString, Matches } from 'class-validator';
import { MAX_DEPENDENCIES } from '../domain/policy.js';
import { CreateMigrationDto } from './create-migration.dto.js';
import { broken, Optional } from './rules.js';

/** Visible characters: no blanks, nothing that garbles a line. */
export const ITEM_KEY = /^[^\p{C}\p{Z}]{1,128}$/u;

export class BatchItemDto extends OmitType(CreateMigrationDto, ['credentialId']) {
  /**
   * Credential that both instances are reached with; the batch's when left out
   * @example "cred_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  @Optional()
  @IsString({ message: 'must be a string' })
  @Matches(/^cred_[0-9A-Za-z]{1,64}$/, broken('credential_not_found'))
  credentialId?: string;

  /**
   * Its name within the batch, for `dependsOn` of others: 1 to 128 visible characters, given once
   * @example "orders"
   */
  @Optional()
  @Matches(ITEM_KEY, { message: 'must be 1 to 128 visible characters' })
  @ApiPropertyOptional({ minLength: 1, maxLength: 128 })
  key?: string;

  /**
   * Keys of migrations of this batch that must succeed before it starts; it fails with
   * `dependency_failed` when one of them does not. All migrations of a batch together name at most 50,000
   * @example ["customers"]
   */
  @Optional()
  @IsArray({ message: 'must be a list of keys' })
  @ApiPropertyOptional({ type: [String], maxItems: MAX_DEPENDENCIES })
  dependsOn?: string[];
}
