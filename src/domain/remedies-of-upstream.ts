// What to do when upstream takes nothing for now, or no more: busy, throttled, failing, out of reach, gone.
import { REASONS } from './errors.js';
import type { RemedyRule } from './remedy-rules.js';

export const UPSTREAM_REMEDIES: readonly RemedyRule[] = [
  {
    codes: [/Throttling/],
    retryable: true,
    remedy:
      'Upstream had no room for more calls of this account. Lower UPSTREAM_QPS, or slow down what else calls RDS with this account, then retry.',
  },
  {
    codes: ['OperationDenied.DBInstanceStatus', 'IncorrectDBInstanceState'],
    retryable: true,
    remedy:
      'An instance was not Running for too long. See in the RDS console what is under way on source and target, wait until both are Running, then retry.',
  },
  {
    codes: ['OperationDenied.PrimaryDBInstanceStatus', 'OperationDenied.MasterDBInstanceState'],
    retryable: true,
    remedy:
      'The primary of an instance was not Running for too long. See in the RDS console what is under way on it, wait until it is Running, then retry.',
  },
  {
    codes: ['OperationDenied.DBStatus'],
    retryable: true,
    remedy:
      'A database was not Running for too long. See in the RDS console that each is Running (MySQL: on the target too), then retry.',
  },
  {
    codes: ['OperationDenied.BackupJobExists'],
    retryable: true,
    remedy:
      'A backup of an instance was under way for too long. Wait for its end in the RDS console, or move its backup time, then retry.',
  },
  {
    codes: ['ConcurrentTaskExceeded'],
    retryable: true,
    remedy:
      'Upstream ran too many tasks at once for this account or instance. Wait until those in the RDS console have ended, then retry.',
  },
  {
    codes: ['LockTimeout'],
    retryable: true,
    remedy:
      'Another task upstream kept hold of an instance. Wait until the tasks of both instances in the RDS console have ended, then retry.',
  },
  {
    codes: ['InstanceConnectTimeoutFault'],
    retryable: true,
    remedy:
      'RDS could not connect to an instance. See in the RDS console that it is Running and not overloaded or out of connections, then retry.',
  },
  {
    codes: [/^ServiceUnavailable(\.|$)/],
    retryable: true,
    remedy:
      'RDS was not available in this region. Look at the status page of Alibaba Cloud, and retry when it is well again.',
  },
  {
    codes: [/^(InternalError|InternalFailure|InternalServerError)(\.|$)/],
    retryable: true,
    remedy:
      'Upstream failed within itself. Retry later; if it stays so, give the upstream request id to Alibaba Cloud support.',
  },
  {
    codes: [/^(InvalidTimeStamp|InvalidTimestamp|IllegalTimestamp)(\.|$)/],
    retryable: true,
    remedy:
      'Upstream refuses the time of the request, which may be 15 minutes off at most. Set the clocks of the workers by NTP, then retry.',
  },
  {
    codes: [/^SignatureNonceUsed(\.|$)/],
    retryable: true,
    remedy:
      'Upstream has had this very request before. Look at the imports of the target in the RDS console, and retry only if none of them is this one.',
  },
  {
    codes: [
      ...['InvalidAction', 'InvalidAction.NotFound', 'InvalidApi.NotFound'],
      'UnsupportedOperation',
    ],
    retryable: false,
    remedy: REASONS.upstream_operation_gone.remedy,
  },
  {
    codes: ['NoSuchVersion', 'InvalidProduct.NotFound'],
    retryable: false,
    remedy:
      'The endpoint does not know RDS in this version. Check RDS_ENDPOINT and the region, then create the migration anew; if both are right, use DTS.',
  },
  // Words of our own, for calls that upstream answered with no code or not at all.
  {
    codes: ['dns', 'refused', 'unreachable', 'timeout', 'reset'],
    retryable: true,
    remedy:
      'RDS could not be reached or did not answer in time. Check the network of the workers and RDS_ENDPOINT, then retry.',
  },
  {
    codes: ['tls'],
    retryable: true,
    remedy:
      'No trusted TLS connection to RDS was possible. Check RDS_ENDPOINT, and the certificates of a proxy on the way, then retry.',
  },
  {
    codes: ['redirected', 'not_json', 'no_code', 'bad_http', 'oversize', 'unexpected_answer'],
    retryable: true,
    remedy:
      'What answered does not speak as RDS does. Check RDS_ENDPOINT and any proxy on the way, then retry.',
  },
];
