// What a caller sees of a verification, and what one may ask for with it.
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import type { Breaker } from '../use-cases/ports-breakers.js';
import type { Verification } from '../use-cases/verify-credential.js';
import { Optional } from './rules.js';
import { timestamp } from './timestamps.js';

export class VerifyCredentialDto {
  /** Submit imports again in every region where upstream has said that it no longer offers them */
  @Optional()
  @IsBoolean({ message: 'must be true or false' })
  @ApiPropertyOptional({ default: false })
  resume?: boolean;
}

export class CredentialVerificationView {
  /** Does upstream take the key? */
  valid!: boolean;

  /**
   * Upstream's own code for a key that it refuses; `upstream_operation_gone` for one that it takes while
   * the imports of its cloud account are held back. Left out when all is well
   * @example "InvalidAccessKeyId.NotFound"
   */
  code?: string;

  /**
   * For a person to read; may change
   * @example "Specified access key is not found."
   */
  message?: string;

  /** When upstream answered */
  checkedAt!: string;

  static of(verification: Verification): CredentialVerificationView {
    const { valid } = verification;
    const checkedAt = timestamp(verification.checkedAt);
    if (!verification.valid) {
      const { code, message } = verification;
      return { valid, code, message, checkedAt };
    }
    const { open, closed } = verification;
    if (open.length > 0) {
      const message = `Imports are held back: ${listOf(open)}. Verify with {"resume": true} to submit them again.`;
      return { valid, code: 'upstream_operation_gone', message, checkedAt };
    }
    if (closed.length === 0) return { valid, checkedAt };
    return { valid, message: `Imports go on that were held back: ${listOf(closed)}.`, checkedAt };
  }
}

const listOf = (breakers: readonly Breaker[]): string => breakers.map(told).join('; ');

function told({ regionId, code, requestId, openedAt }: Breaker): string {
  const request = requestId === null ? '' : `, request ${requestId}`;
  return `in ${regionId} since ${timestamp(openedAt)}, when upstream said that the action is gone (${code}${request})`;
}

export const VERIFY_EXAMPLES = {
  verify: { summary: 'Only ask', value: {} },
  resume: { summary: 'Ask, and let imports go on that are held back', value: { resume: true } },
};

const checkedAt = '2026-12-01T14:00:00.000Z';
const EXAMPLE: Breaker = {
  ...{
    regionId: 'cn-hangzhou',
    code: 'InvalidApi.NotFound',
    message: 'Specified api is not found',
  },
  ...{ requestId: '5A77D650-C80F-44E7-A7F2-1A6B22BA2D25', openedAt: Date.UTC(2026, 11, 1, 13) },
};
const taken = { valid: true, checkedAt: Date.UTC(2026, 11, 1, 14) } as const;

export const VERIFICATION_EXAMPLES = {
  valid: { summary: 'Upstream takes the key', value: { valid: true, checkedAt } },
  refused: {
    summary: 'Upstream refuses the key',
    value: {
      ...{ valid: false, code: 'InvalidAccessKeyId.NotFound' },
      ...{ message: 'Specified access key is not found.', checkedAt },
    },
  },
  heldBack: {
    summary: 'Upstream takes the key but has said that the import is gone',
    value: CredentialVerificationView.of({ ...taken, open: [EXAMPLE], closed: [] }),
  },
  resumed: {
    summary: 'Imports go on',
    value: CredentialVerificationView.of({ ...taken, open: [], closed: [EXAMPLE] }),
  },
};
