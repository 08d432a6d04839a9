// Every documented code of upstream has a remedy that says what to do, and none promises a vain retry.
import { describe, expect, it } from 'vitest';
import { REASONS, type ReasonCode } from '../../src/domain/errors.js';
import { reasonView } from '../../src/domain/migration.js';
import { remedyOf } from '../../src/domain/remedies.js';
import { ACCESS_REMEDIES } from '../../src/domain/remedies-of-access.js';
import { CANCEL_REMEDIES } from '../../src/domain/remedies-of-cancels.js';
import { REQUEST_REMEDIES } from '../../src/domain/remedies-of-requests.js';
import { UPSTREAM_REMEDIES } from '../../src/domain/remedies-of-upstream.js';
import { remedyFinder } from '../../src/domain/remedy-rules.js';

/** Each row: the reason such a refusal ends with, may it be retried, the codes of the error table. */
type Row = readonly [ReasonCode, boolean, readonly string[]];

const CODES: Readonly<Record<string, Row>> = {
  throttled: [
    'retries_exhausted',
    true,
    ['Throttling', 'Throttling.User', 'Throttling.Api', 'Rejected.Throttling'],
  ],
  busy: [
    'retries_exhausted',
    true,
    [
      ...['OperationDenied.DBInstanceStatus', 'IncorrectDBInstanceState'],
      ...['OperationDenied.DBStatus', 'OperationDenied.BackupJobExists'],
      ...['OperationDenied.PrimaryDBInstanceStatus', 'OperationDenied.MasterDBInstanceState'],
      ...['ConcurrentTaskExceeded', 'LockTimeout', 'InstanceConnectTimeoutFault'],
    ],
  ],
  server: [
    'retries_exhausted',
    true,
    ['InternalError', 'InternalFailure', 'InternalServerError', 'ServiceUnavailable'],
  ],
  'clock and nonce': [
    'retries_exhausted',
    true,
    [
      ...['InvalidTimeStamp.Expired', 'InvalidTimeStamp.Format', 'IllegalTimestamp'],
      'SignatureNonceUsed',
    ],
  ],
  'not found': [
    'upstream_rejected',
    true,
    [
      ...['InvalidDBInstanceId.NotFound', 'InvalidDBInstanceName.NotFound'],
      ...['InvalidDBInstance.NotFound', 'Forbidden.InstanceNotFound'],
      ...['InvalidDBName.NotFound', 'InvalidTaskId.NotFound'],
    ],
  ],
  'bad request that can be mended': [
    'upstream_rejected',
    true,
    [
      ...['InvalidDBInfo.Malformed', 'OperationDenied.DBInstanceType', 'IncorrectDBInstanceType'],
      ...['EngineVersionNotSupported', 'MissingParameter', 'MissingDBInfo', 'InvalidParameter'],
      ...['InvalidParameter.Conflict', 'InvalidDBInstanceId.Malformed'],
      ...['InvalidEngine.ValueNotSupported', 'InvalidStartTimeAndEndTime.Malformed'],
    ],
  ],
  'bad request that only another request mends': [
    'upstream_rejected',
    false,
    [
      ...['OperationDenied.DBInstanceId', 'OperationDenied.Engine', 'OperationDenied.Region'],
      ...['OperationDenied.DBInstanceEngine', 'EngineNotSupported', 'RegionDissolvedEOM'],
    ],
  ],
  'resource limits': [
    'upstream_rejected',
    true,
    [
      ...['QuotaExceeded.DBInstanceStorage', 'QuotaExceeded.DBName', 'OperationDenied.LockMode'],
      ...['IncorrectDBInstanceLockMode', 'InsufficientBalance', 'OperationDenied.OutofUsage'],
      ...['Order.ComboInstanceNotAllowOperate', 'Order.InstNotFound', 'InsufficientAvailableQuota'],
      'Price.PricingPlanResultNotFound',
    ],
  ],
  cancel: ['upstream_rejected', true, ['OperationDenied.IncorrectTaskStatus']],
  auth: [
    'upstream_auth_failed',
    true,
    [
      ...['InvalidAccessKeyId.NotFound', 'InvalidAccessKeyId.Inactive', 'SignatureDoesNotMatch'],
      ...['IncompleteSignature', 'InvalidSignatureMethod', 'InvalidSecurityToken.Expired'],
      ...['InvalidSecurityToken.Malformed', 'InvalidSecurityToken.MismatchWithAccessKey'],
      ...['MissingSecurityToken', 'Forbidden.AccessKeyDisabled', 'Forbidden.RAM', 'Forbidden'],
      ...['Forbedden.NotSupportRAM', 'NoPermission', 'Unauthorized', 'ActionUnauthorized'],
      ...['Forbidden.RiskControl', 'Forbidden.Authentication'],
    ],
  ],
  gone: [
    'upstream_operation_gone',
    false,
    [
      ...['InvalidAction', 'InvalidAction.NotFound', 'InvalidApi.NotFound', 'UnsupportedOperation'],
      ...['NoSuchVersion', 'InvalidProduct.NotFound'],
    ],
  ],
};

const ALL = Object.values(CODES).flatMap(([, , codes]) => codes);
const IMPORT_RULES = [...ACCESS_REMEDIES, ...REQUEST_REMEDIES, ...UPSTREAM_REMEDIES];
const GENERIC = new Set<string>(
  [REASONS.upstream_rejected, REASONS.upstream_auth_failed, REASONS.retries_exhausted].map(
    ({ remedy }) => remedy,
  ),
);

describe.each(Object.entries(CODES))('%s:', (_, [reason, retryable, codes]) => {
  it.each(codes)('%s has a remedy that is no general one, and says whether to retry', (code) => {
    const found = remedyOf(reason, code);
    expect(GENERIC).not.toContain(found.remedy);
    expect(found.retryable).toBe(retryable);
    // A code does not depend on the reason that it came with to be known.
    expect(remedyFinder(IMPORT_RULES)(code)).toEqual({ retryable, remedy: found.remedy });
  });
});

describe('a remedy', () => {
  const told = [...IMPORT_RULES, ...CANCEL_REMEDIES, ...Object.values(REASONS)];

  it.each(told.map(({ remedy }) => remedy))('is one or two short sentences: %s', (remedy) => {
    expect(remedy.trim()).toBe(remedy);
    expect(remedy.length).toBeGreaterThan(20);
    expect(remedy.length).toBeLessThanOrEqual(300);
    expect(remedy).toMatch(/^[A-Z].*\.$/);
    expect(remedy.split(/\. (?=[A-Z])/).length).toBeLessThanOrEqual(2);
  });

  it.each(IMPORT_RULES)('$codes says "retry" just where a retry may help', (rule) => {
    expect(/\bretry\b/i.test(rule.remedy)).toBe(rule.retryable);
  });

  it.each([
    ['Forbidden.RAM', 'rds:ImportDatabaseBetweenInstances'],
    ['Forbidden.RAM', 'rds:ImportDataBaseBetweenInstances'],
    ['Forbidden.RAM', 'rds:CancelImport'],
    ['Forbidden.RAM', 'rds:DescibeImportsFromDatabase'],
    ['QuotaExceeded.DBInstanceStorage', 'Extend the storage of the target'],
    ['InvalidSecurityToken.Expired', 'Replace the STS credential'],
    ['InvalidAccessKeyId.Inactive', 'Enable it'],
    ['SignatureDoesNotMatch', 'AccessKeySecret'],
    ['MissingSecurityToken', 'sts'],
    ['IncorrectDBInstanceLockMode.ValueNotSupported', 'locked'],
    ['InvalidDBInfo.Malformed', 'list of databases'],
    ['OperationDenied.Region', 'same region'],
    ['Throttling.User', 'UPSTREAM_QPS'],
    ['InvalidTimeStamp.Expired', 'NTP'],
    ['InvalidApi.NotFound', 'DTS'],
  ])('of %s names what is to be done: %s', (code, words) => {
    expect(remedyFinder(IMPORT_RULES)(code)?.remedy).toContain(words);
  });
});

describe('which remedy is told:', () => {
  const rule = (codes: readonly (string | RegExp)[], remedy: string) => ({
    ...{ codes, remedy },
    retryable: true,
  });

  it('an exact code beats every pattern, wherever it stands; of equals the first decides', () => {
    const find = remedyFinder([
      rule([/^A/, 'B.C'], 'pattern'),
      rule(['A.B', 'B.C', /^A\.C$/], 'exact'),
    ]);
    expect(find('A.B')?.remedy).toBe('exact');
    expect(find('A.C')?.remedy).toBe('pattern');
    expect(find('B.C')?.remedy).toBe('pattern');
    expect(find('b.c')).toBeNull();
  });

  it('no code stands in two rules, where the second would never be told', () => {
    for (const rules of [IMPORT_RULES, CANCEL_REMEDIES]) {
      const codes = rules.flatMap((one) => one.codes.map(String));
      expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
    }
  });

  it.each(['SomethingNew', 'LockTimeoutX', 'XInvalidAction', 'constructor', '__proto__', ''])(
    'the one of the reason itself when no rule knows the code (%j)',
    (code) => {
      for (const [name, own] of Object.entries(REASONS)) {
        expect(remedyOf(name as ReasonCode, code)).toEqual(own);
      }
    },
  );

  it.each(Object.keys(REASONS) as ReasonCode[])('the one of %s when there is no code', (code) => {
    expect(reasonView({ code, message: 'why' })).toEqual({
      ...{ code, message: 'why' },
      ...REASONS[code],
    });
  });

  it('the view of a reason carries the code, the request id and the remedy of the code', () => {
    const reason = {
      ...({ code: 'upstream_rejected', message: 'Upstream answered …' } as const),
      ...{ upstreamCode: 'OperationDenied.Region', upstreamRequestId: '5A77D650' },
    };
    const { retryable, remedy } = remedyOf('upstream_rejected', 'OperationDenied.Region');
    expect(reasonView(reason)).toEqual({ ...reason, retryable, remedy });
    expect(retryable).toBe(false);
  });
});

describe('no code of upstream', () => {
  it.each(ALL)('makes an unknown outcome look as if it could be retried: %s', (code) => {
    expect(remedyOf('outcome_unknown', code)).toEqual(REASONS.outcome_unknown);
  });

  it.each(ALL)('makes a refused cancel speak of a retry, as its import goes on: %s', (code) => {
    const { retryable, remedy } = remedyOf('cancel_refused', code);
    expect(retryable).toBe(false);
    expect(remedy).not.toMatch(/\bretry\b/i);
  });

  it.each(ALL)('makes an action that is gone worth another try: %s', (code) => {
    expect(remedyOf('upstream_operation_gone', code).retryable).toBe(false);
  });
});

describe('a refused cancel', () => {
  it.each([
    ['OperationDenied.IncorrectTaskStatus', 'had ended'],
    ['InvalidTaskId.NotFound', 'does not find the import'],
    ['Forbidden.RAM', 'rds:CancelImport'],
    ['InvalidSecurityToken.Expired', 'cancel again'],
    ['InvalidApi.NotFound', 'no longer offers'],
  ])('for %s says: %s', (code, words) => {
    expect(remedyOf('cancel_refused', code).remedy).toContain(words);
  });
});
