// What to do when upstream does not take a cancel. The import goes on, so there is nothing to retry.
import type { RemedyRule } from './remedy-rules.js';

export const CANCEL_REMEDIES: readonly RemedyRule[] = [
  {
    codes: ['OperationDenied.IncorrectTaskStatus'],
    retryable: false,
    remedy:
      'The import had ended, or was ending, when the cancel came. Wait for the migration to show its end.',
  },
  {
    codes: ['InvalidTaskId.NotFound'],
    retryable: false,
    remedy:
      'Upstream does not find the import on the target instance. Look for it in the RDS console; if it still runs there, cancel it there.',
  },
  {
    codes: [/^Forbidden(\.RAM)?$/, 'NoPermission', 'Unauthorized', 'ActionUnauthorized'],
    retryable: false,
    remedy:
      'Allow the RAM user or role rds:CancelImport on the target instance, then cancel again. The import goes on meanwhile.',
  },
  {
    codes: [
      /^(InvalidAccessKeyId|InvalidSecurityToken|SignatureDoesNotMatch)(\.|$)/,
      ...['MissingSecurityToken', 'Forbidden.AccessKeyDisabled'],
    ],
    retryable: false,
    remedy:
      'Replace the secret of the credential by one that works, then cancel again. The import goes on meanwhile.',
  },
  {
    codes: [
      ...['InvalidAction', 'InvalidAction.NotFound', 'InvalidApi.NotFound'],
      ...['UnsupportedOperation', 'NoSuchVersion', 'InvalidProduct.NotFound'],
    ],
    retryable: false,
    remedy:
      'Alibaba Cloud no longer offers to cancel imports. The import goes on to its end; ask Alibaba Cloud support when it must be stopped.',
  },
];
