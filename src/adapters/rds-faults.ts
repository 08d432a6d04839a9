// What a refusal of upstream means, decided by its Code. Statuses vary between Alibaba's own pages
// (IncorrectDBInstanceState is 403 on one and 500 on another), so they only decide about codes that no
// rule here knows. Every class but `unclear` means: this request was refused and started nothing. With `busy`
// an earlier copy of it, which a gateway repeated, may have: the import that makes the instance busy.
import type { FaultClass } from '../use-cases/ports-upstream.js';

type Rule = readonly [FaultClass, RegExp];

/** Codes that the rules name in full. */
const named = new Set<string>();

/** Read from top to bottom; the first that fits decides. Sources: the error pages of RDS and of the API gateway. */
const RULES: readonly Rule[] = [
  ['throttled', /Throttling/],
  // Refused for its timestamp before anything ran: a new attempt, with a new one, is free of that fault.
  ['throttled', /^(InvalidTimeStamp|InvalidTimestamp|IllegalTimestamp)(\.|$)/],
  // A nonce seen before: the first copy of this very request may have been carried out.
  ['unclear', /^SignatureNonceUsed(\.|$)/],
  // Something was begun before these were said: they do not tell what became of it.
  ['unclear', oneOf('ConcurrentTaskExceeded', 'LockTimeout', 'InstanceConnectTimeoutFault')],
  ['unclear', /^(InternalError|InternalFailure|InternalServerError|ServiceUnavailable)(\.|$)/],
  [
    'busy',
    oneOf(
      'OperationDenied.DBInstanceStatus',
      'IncorrectDBInstanceState',
      'OperationDenied.DBStatus',
      'OperationDenied.BackupJobExists',
      'OperationDenied.PrimaryDBInstanceStatus',
      'OperationDenied.MasterDBInstanceState',
    ),
  ],
  [
    'gone',
    oneOf(
      'InvalidAction',
      'InvalidAction.NotFound',
      'InvalidApi.NotFound',
      'UnsupportedOperation',
      'NoSuchVersion',
      'InvalidProduct.NotFound',
    ),
  ],
  [
    'not_found',
    oneOf('Forbidden.InstanceNotFound', 'InvalidDBName.NotFound', 'InvalidTaskId.NotFound'),
  ],
  ['not_found', /^InvalidDBInstance(Id|Name)?\.NotFound$/],
  [
    'auth',
    /^(InvalidAccessKeyId|InvalidSecurityToken|SignatureDoesNotMatch|IncompleteSignature)(\.|$)/,
  ],
  [
    'auth',
    oneOf(
      'InvalidSignatureMethod',
      'MissingSecurityToken',
      'Forbidden',
      'Forbidden.AccessKeyDisabled',
      'Forbidden.RAM',
      'Forbedden.NotSupportRAM', // spelled so by upstream
      'Forbidden.RiskControl',
      'Forbidden.Authentication',
      'NoPermission',
      'Unauthorized',
      'ActionUnauthorized',
    ),
  ],
  ['rejected', /^(Missing|InvalidParameter)/],
  ['rejected', /^Invalid\w*\.(Malformed|ValueNotSupported)$/],
  [
    'rejected',
    oneOf(
      'OperationDenied.DBInstanceId',
      'OperationDenied.Engine',
      'OperationDenied.Region',
      'OperationDenied.DBInstanceEngine',
      'OperationDenied.DBInstanceType',
      'OperationDenied.LockMode',
      'OperationDenied.OutofUsage',
      'OperationDenied.IncorrectTaskStatus',
      'IncorrectDBInstanceType',
      'IncorrectDBInstanceLockMode',
      'EngineNotSupported',
      'EngineVersionNotSupported',
      'QuotaExceeded.DBInstanceStorage',
      'QuotaExceeded.DBName',
      'InsufficientBalance',
      'Order.ComboInstanceNotAllowOperate',
    ),
  ],
];

export const isNamedCode = (code: string): boolean => named.has(code);

/** Upstream's own form of a code; anything else is not taken for one. */
const WELL_FORMED = /^[A-Za-z][\w.:-]{0,127}$/;

export const isCode = (text: string): boolean => WELL_FORMED.test(text);

/**
 * The class of a well-formed code. One that no rule knows is a refusal only with a 4xx status, and not
 * when the status speaks of a timeout; with any other it does not tell whether something was done.
 */
export function classifyCode(code: string, status: number): FaultClass {
  const known = RULES.find(([, pattern]) => pattern.test(code));
  if (known !== undefined) return known[0];
  if (status === 429) return 'throttled';
  return status >= 400 && status < 500 && status !== 408 ? 'rejected' : 'unclear';
}

function oneOf(...codes: readonly string[]): RegExp {
  for (const code of codes) named.add(code);
  return new RegExp(`^(${codes.map((code) => code.replaceAll('.', '\\.')).join('|')})$`);
}
