// What to do when upstream does not accept who calls: keys, tokens, signatures, RAM policies, the account.
import type { RemedyRule } from './remedy-rules.js';

export const ACCESS_REMEDIES: readonly RemedyRule[] = [
  {
    codes: [/^InvalidAccessKeyId(\.|$)/],
    retryable: true,
    remedy:
      'The AccessKey does not exist any more. Create one in the RAM console, replace the AccessKey pair of the credential by it, then retry.',
  },
  {
    codes: ['InvalidAccessKeyId.Inactive', 'Forbidden.AccessKeyDisabled'],
    retryable: true,
    remedy:
      'The AccessKey is disabled. Enable it in the RAM console, or replace the AccessKey pair of the credential, then retry.',
  },
  {
    codes: [/^SignatureDoesNotMatch(\.|$)/],
    retryable: true,
    remedy:
      'The stored AccessKeySecret is not that of the AccessKeyId. Replace the AccessKey pair of the credential, then retry.',
  },
  {
    codes: [/^IncompleteSignature(\.|$)/, 'InvalidSignatureMethod'],
    retryable: true,
    remedy:
      'Upstream cannot read the signature. Check that RDS_ENDPOINT is an address of RDS and that no proxy changes requests on the way, then retry.',
  },
  {
    codes: ['InvalidSecurityToken.Expired'],
    retryable: true,
    remedy:
      'The STS token has expired. Replace the STS credential: AccessKeyId, AccessKeySecret and SecurityToken of a new issue together; then retry.',
  },
  {
    codes: ['InvalidSecurityToken.MismatchWithAccessKey'],
    retryable: true,
    remedy:
      'The STS token was issued for another AccessKey. Replace the STS credential by an AccessKey pair and SecurityToken of one issue, then retry.',
  },
  {
    codes: [/^InvalidSecurityToken(\.|$)/],
    retryable: true,
    remedy:
      'The STS token is damaged or cut off. Replace the STS credential: AccessKeyId, AccessKeySecret and SecurityToken of one issue; then retry.',
  },
  {
    codes: ['MissingSecurityToken'],
    retryable: true,
    remedy:
      'The AccessKey is a temporary one, stored without its token. Replace it by a permanent AccessKey and retry, or create the migration anew with a credential of type sts.',
  },
  {
    codes: ['Forbidden.RAM', 'Forbidden', 'NoPermission', 'Unauthorized', 'ActionUnauthorized'],
    retryable: true,
    remedy:
      'Allow the RAM user or role on both instances: rds:ImportDatabaseBetweenInstances, rds:ImportDataBaseBetweenInstances (both spellings), rds:CancelImport, rds:Describe* and rds:DescibeImportsFromDatabase (spelled so). Then retry.',
  },
  {
    codes: ['Forbedden.NotSupportRAM'],
    retryable: true,
    remedy:
      'Upstream does not take this action from RAM users or roles. Ask Alibaba Cloud support, or put an AccessKey of the account itself into the credential, then retry.',
  },
  {
    codes: ['Forbidden.RiskControl'],
    retryable: true,
    remedy:
      'The risk control of Alibaba Cloud holds the account back. Look for its notice in the Message Center of the console, have support lift it, then retry.',
  },
  {
    codes: ['Forbidden.Authentication'],
    retryable: true,
    remedy:
      'The account lacks real-name verification. Complete it in the Account Center of the Alibaba Cloud console, then retry.',
  },
];
