// Upstream's codes as labels of a figure: a closed set, so that no answer of anybody makes a new series.
import { isNamedCode } from './rds-faults.js';
import { ANSWERED } from '../use-cases/ports-figures.js';

export const OTHER_CODE = 'other';

/** Words of ours, for answers without a code of upstream. */
const OWN: ReadonlySet<string> = new Set([
  ...[ANSWERED, 'not_sent', 'timeout', 'dns', 'refused', 'tls', 'unreachable', 'reset'],
  ...['oversize', 'bad_http', 'redirected', 'not_json', 'no_code', 'import_id_missing'],
  ...['contradictory', 'unexpected_answer', 'too_many_pages'],
]);

/** What follows the first dot says more than a figure needs. */
const FAMILIES: ReadonlySet<string> = new Set([
  ...['SignatureNonceUsed', 'SignatureDoesNotMatch', 'IncompleteSignature'],
  ...['InvalidTimeStamp', 'InvalidTimestamp', 'IllegalTimestamp'],
  ...['InternalError', 'InternalFailure', 'InternalServerError', 'ServiceUnavailable'],
  ...['InvalidAccessKeyId', 'InvalidSecurityToken', 'MissingParameter', 'InvalidParameter'],
  ...['InvalidDBInstance', 'InvalidDBInstanceId', 'InvalidDBInstanceName'],
]);

export function codeLabel(code: string): string {
  if (OWN.has(code) || isNamedCode(code)) return code;
  if (code.includes('Throttling')) return 'Throttling';
  const [family = ''] = code.split('.');
  return FAMILIES.has(family) ? family : OTHER_CODE;
}
