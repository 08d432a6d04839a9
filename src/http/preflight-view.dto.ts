// What a caller sees of a preflight report.
import { ApiProperty } from '@nestjs/swagger';
import { CHECK_IDS, type CheckId, type PreflightReport } from '../domain/preflight.js';
import { timestamp } from './timestamps.js';

export class CheckView {
  /** Stable name of the check */
  @ApiProperty({ enum: CHECK_IDS })
  id!: CheckId;

  /** `warn` and `skipped` do not make the report fail */
  @ApiProperty({ enum: ['pass', 'fail', 'warn', 'skipped'] })
  status!: 'pass' | 'fail' | 'warn' | 'skipped';

  /** Which instance it is about */
  @ApiProperty({ enum: ['source', 'target', 'both'] })
  subject!: 'source' | 'target' | 'both';

  /**
   * For a person to read; may change
   * @example "The source instance is Running."
   */
  message!: string;

  /** What was seen */
  @ApiProperty({ type: 'object', additionalProperties: true })
  observed!: Readonly<Record<string, unknown>>;
}

export class PreflightReportView {
  /** No check failed */
  ok!: boolean;

  /** When the instances were looked at */
  checkedAt!: string;

  /** One entry for each check */
  checks!: CheckView[];

  static of(report: PreflightReport | null): PreflightReportView | null {
    if (report === null) return null;
    return {
      ok: report.ok,
      checkedAt: timestamp(report.checkedAt),
      checks: report.checks.map(({ id, status, subject, message, observed }) => ({
        ...{ id, status, subject, message, observed },
      })),
    };
  }
}
