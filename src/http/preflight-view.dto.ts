// What a caller sees of a preflight report.
import { ApiProperty } from '@nestjs/swagger';
import { CHECK_IDS, type CheckId, type PreflightReport } from '../domain/preflight.js';
import { timestamp } from './timestamps.js';

export class CheckView {
  /** Stable name of the check */
  @ApiProperty({ enum: CHECK_IDS })
  id!: CheckId;

  /** `warn` and `skipped` do not make the report fail, unless an instance could not be read at all */
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

  /**
   * What was seen, for a person to act on
   * @example { "source": { "status": "Running" } }
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  observed!: Readonly<Record<string, unknown>>;
}

export class PreflightReportView {
  /** No check failed, and both instances could be read */
  ok!: boolean;

  /** When the first of the instances was looked at */
  checkedAt!: string;

  /** One entry for each check */
  checks!: CheckView[];

  static of(report: PreflightReport): PreflightReportView;
  static of(report: PreflightReport | null): PreflightReportView | null;
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
