// What to do when upstream does not take what was asked: instances, databases, parameters, limits, orders.
// Not retryable is what nothing but another request can mend: the instances of a migration are fixed.
import type { RemedyRule } from './remedy-rules.js';

export const REQUEST_REMEDIES: readonly RemedyRule[] = [
  {
    codes: [/^InvalidDBInstance(Id|Name)?\.NotFound$/, 'Forbidden.InstanceNotFound'],
    retryable: true,
    remedy:
      'The account of the credential has no such instance in this region. Compare the ids with the RDS console; give the credential a key of the account that owns both and retry, or create the migration anew.',
  },
  {
    codes: ['InvalidDBName.NotFound'],
    retryable: true,
    remedy:
      'A database does not exist. Create it in the RDS console (MySQL: on source and target, under the same name) and retry, or create the migration anew without it.',
  },
  {
    codes: ['InvalidTaskId.NotFound'],
    retryable: true,
    remedy:
      'Upstream knows no import of this ImportId. Look at the imports of the target in the RDS console, and retry only if none of them is this one.',
  },
  {
    codes: ['InvalidDBInfo.Malformed'],
    retryable: true,
    remedy:
      'Upstream refuses the list of databases, mostly because one does not exist. See in the RDS console that each is there (MySQL: on the target too), then retry, or create the migration anew with the right names.',
  },
  {
    codes: ['OperationDenied.DBInstanceId'],
    retryable: false,
    remedy: 'Source and target are one instance. Create a new migration between two instances.',
  },
  {
    codes: ['OperationDenied.Engine'],
    retryable: false,
    remedy:
      'Source and target must run the same engine and be primary instances. Create a new migration between two such instances.',
  },
  {
    codes: ['OperationDenied.DBInstanceEngine', 'EngineNotSupported'],
    retryable: false,
    remedy:
      'Only instances of MySQL and SQL Server can take part. Create a new migration between two of these, or use DTS.',
  },
  {
    codes: ['OperationDenied.Region'],
    retryable: false,
    remedy:
      'Source and target must be in the same region. Create a new migration between two instances of one region, or use DTS.',
  },
  {
    codes: ['EngineVersionNotSupported'],
    retryable: true,
    remedy:
      'An instance runs a version that cannot take part, such as a SQL Server 2017 cluster. Upgrade it in the RDS console and retry, or create a new migration with another instance, or use DTS.',
  },
  {
    codes: ['OperationDenied.DBInstanceType', 'IncorrectDBInstanceType'],
    retryable: true,
    remedy:
      'Only primary instances of a dedicated class can take part, no read-only or shared ones. Change the class in the RDS console and retry, or create a new migration with another instance.',
  },
  {
    codes: ['InvalidStartTimeAndEndTime.Malformed'],
    retryable: true,
    remedy:
      'Upstream refuses the times between which imports were to be listed. Set the clocks of the workers by NTP, then retry.',
  },
  {
    codes: [/^Missing/],
    retryable: true,
    remedy:
      'Upstream misses a parameter: a proxy on the way changed the request, or this service is at fault. Report the upstream request id to those who run this service, and retry when it is mended.',
  },
  {
    codes: [/^InvalidParameter/, /^Invalid\w*\.(Malformed|ValueNotSupported)$/],
    retryable: true,
    remedy:
      'Upstream refuses a value that its code or message names. Mend that instance or database in the RDS console and retry, or create the migration anew with another value.',
  },
  {
    codes: ['QuotaExceeded.DBInstanceStorage'],
    retryable: true,
    remedy:
      'The target has not enough free storage. Extend the storage of the target in the RDS console until more is free than the source databases take, then retry.',
  },
  {
    codes: ['QuotaExceeded.DBName'],
    retryable: true,
    remedy:
      'The target would hold more databases than it may. Drop databases that are not needed on the target, then retry.',
  },
  {
    codes: ['OperationDenied.LockMode', /^IncorrectDBInstanceLockMode(\.|$)/],
    retryable: true,
    remedy:
      'An instance is locked: it has expired, its storage is full, or somebody locked it. Renew it, extend its storage or unlock it in the RDS console, then retry.',
  },
  {
    codes: ['InsufficientBalance', 'InsufficientAvailableQuota'],
    retryable: true,
    remedy:
      'The account has not enough balance or credit. Top it up under Expenses and Costs in the Alibaba Cloud console, then retry.',
  },
  {
    codes: ['OperationDenied.OutofUsage'],
    retryable: true,
    remedy:
      'The zone of an instance has too few resources left. Retry later, or move the instance to another zone in the RDS console first.',
  },
  {
    codes: ['Order.ComboInstanceNotAllowOperate'],
    retryable: true,
    remedy:
      'The instance was bought as part of a package and may not be changed by itself. Ask Alibaba Cloud support to take it out of the package, then retry, or create a new migration with another instance.',
  },
  {
    codes: [/^(Order|OrderStatus|Price)\./],
    retryable: true,
    remedy:
      'An order or price of an instance stands in the way. Pay or cancel its open orders under Expenses and Costs in the Alibaba Cloud console, then retry.',
  },
  {
    codes: [/^Region(EndTime)?Dissolved/],
    retryable: false,
    remedy:
      'Alibaba Cloud closes this region. Create a new migration between instances of another region.',
  },
  {
    codes: ['OperationDenied.IncorrectTaskStatus'],
    retryable: true,
    remedy:
      'The import had ended, or was ending, already. Look at it in the RDS console of the target, and retry if its databases are not there.',
  },
];
