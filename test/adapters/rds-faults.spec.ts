// Every documented code of upstream has one class, whatever status it came with.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyCode, isCode } from '../../src/adapters/rds-faults.js';
import type { FaultClass } from '../../src/use-cases/ports-upstream.js';

const CODES: Readonly<Record<FaultClass, readonly string[]>> = {
  throttled: [
    ...['Throttling', 'Throttling.User', 'Throttling.Api', 'Rejected.Throttling'],
    ...['InvalidTimeStamp.Expired', 'InvalidTimeStamp.Format', 'IllegalTimestamp'],
  ],
  busy: [
    ...['OperationDenied.DBInstanceStatus', 'IncorrectDBInstanceState', 'OperationDenied.DBStatus'],
    ...['OperationDenied.BackupJobExists', 'OperationDenied.PrimaryDBInstanceStatus'],
    'OperationDenied.MasterDBInstanceState',
  ],
  unclear: [
    ...['InternalError', 'InternalFailure', 'InternalServerError', 'ServiceUnavailable'],
    ...[
      'SignatureNonceUsed',
      'ConcurrentTaskExceeded',
      'LockTimeout',
      'InstanceConnectTimeoutFault',
    ],
  ],
  not_found: [
    ...[
      'InvalidDBInstanceId.NotFound',
      'InvalidDBInstanceName.NotFound',
      'InvalidDBInstance.NotFound',
    ],
    ...['Forbidden.InstanceNotFound', 'InvalidDBName.NotFound', 'InvalidTaskId.NotFound'],
  ],
  rejected: [
    ...['InvalidDBInfo.Malformed', 'OperationDenied.DBInstanceId', 'OperationDenied.Engine'],
    ...[
      'OperationDenied.Region',
      'OperationDenied.DBInstanceEngine',
      'OperationDenied.DBInstanceType',
    ],
    ...['IncorrectDBInstanceType', 'EngineNotSupported', 'EngineVersionNotSupported'],
    ...['MissingParameter', 'MissingDBInfo', 'InvalidParameter', 'InvalidParameter.Conflict'],
    ...['InvalidDBInstanceId.Malformed', 'InvalidEngine.ValueNotSupported'],
    ...['InvalidStartTimeAndEndTime.Malformed', 'QuotaExceeded.DBInstanceStorage'],
    ...['QuotaExceeded.DBName', 'OperationDenied.LockMode', 'IncorrectDBInstanceLockMode'],
    ...['InsufficientBalance', 'OperationDenied.OutofUsage', 'Order.ComboInstanceNotAllowOperate'],
    'OperationDenied.IncorrectTaskStatus',
  ],
  auth: [
    ...['InvalidAccessKeyId.NotFound', 'InvalidAccessKeyId.Inactive', 'SignatureDoesNotMatch'],
    ...['IncompleteSignature', 'InvalidSignatureMethod', 'InvalidSecurityToken.Expired'],
    ...['InvalidSecurityToken.Malformed', 'InvalidSecurityToken.MismatchWithAccessKey'],
    ...['MissingSecurityToken', 'Forbidden.AccessKeyDisabled', 'Forbidden.RAM'],
    ...['Forbedden.NotSupportRAM', 'NoPermission', 'Unauthorized', 'ActionUnauthorized'],
    ...['Forbidden.RiskControl', 'Forbidden.Authentication'],
  ],
  gone: [
    ...['InvalidAction', 'InvalidAction.NotFound', 'InvalidApi.NotFound', 'UnsupportedOperation'],
    ...['NoSuchVersion', 'InvalidProduct.NotFound'],
  ],
};

describe.each(Object.entries(CODES))('%s', (faultClass, codes) => {
  it.each(codes)('is the class of %s, whatever the status', (code) => {
    expect(isCode(code)).toBe(true);
    for (const status of [200, 400, 403, 404, 429, 500, 503]) {
      expect(classifyCode(code, status)).toBe(faultClass);
    }
  });
});

describe('a code that no rule knows', () => {
  const unknown = ['Order.InstNotFound', 'Price.PricingPlanResultNotFound', 'RegionDissolvedEOM'];

  it.each(unknown)('%s is a refusal with a 4xx status and tells nothing with any other', (code) => {
    for (const status of [400, 403, 404, 409]) expect(classifyCode(code, status)).toBe('rejected');
    for (const status of [200, 408, 500, 502, 504])
      expect(classifyCode(code, status)).toBe('unclear');
    expect(classifyCode(code, 429)).toBe('throttled');
  });

  it('is not taken for a known one that it only begins or ends with', () => {
    expect(classifyCode('LockTimeoutX', 400)).toBe('rejected');
    expect(classifyCode('XInvalidAction', 400)).toBe('rejected');
    expect(classifyCode('internalerror', 400)).toBe('rejected');
    expect(classifyCode('InvalidActions.NotFound', 400)).toBe('rejected');
  });

  it('is a throttle wherever the word stands in it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.integer({ min: 200, max: 599 }), (a, b, status) => {
        expect(classifyCode(`${a}Throttling${b}`, status)).toBe('throttled');
      }),
    );
  });
});

it.each(['', ' ', '200', 'a b', '<html>', 'x'.repeat(129), 'Code\n', '内部错误'])(
  '%j is not taken for a code',
  (text) => {
    expect(isCode(text)).toBe(false);
  },
);
