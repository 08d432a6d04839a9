// Every error code the simulator answers, with its HTTP status and text: the only list of them.
const REFUSALS = {
  // Gateway
  MissingParameter: [
    400,
    'The input parameter "%" that is mandatory for processing this request is not supplied.',
  ],
  UnsupportedHTTPMethod: [400, 'This http method is not supported: %.'],
  InvalidParameter: [400, 'The specified parameter "%" is not valid.'],
  NoSuchVersion: [400, 'The specified version does not exist: %.'],
  'InvalidAction.NotFound': [
    404,
    'Specified api is not found, please check your url and method: %.',
  ],
  'InvalidApi.NotFound': [404, 'Specified api is not found, please check your url and method: %.'],
  // Credentials
  'InvalidAccessKeyId.NotFound': [404, 'Specified access key is not found.'],
  MissingSecurityToken: [400, 'SecurityToken is mandatory for this action.'],
  'InvalidSecurityToken.MismatchWithAccessKey': [
    400,
    'The specified SecurityToken does not match the AccessKeyId.',
  ],
  'InvalidSecurityToken.Expired': [400, 'Specified SecurityToken is expired.'],
  NoPermission: [
    403,
    'You are not authorized to do this action. You should be authorized by RAM: %.',
  ],
  'EntityNotExist.Role': [404, 'The role not exists: %.'],
  IncompleteSignature: [400, 'The request signature does not conform to Aliyun standards: %.'],
  InvalidSignatureMethod: [400, 'The specified signature method is not supported: %.'],
  SignatureDoesNotMatch: [
    400,
    'Specified signature is not matched with our calculation. server string to sign is:%',
  ],
  'InvalidTimeStamp.Format': [400, 'Specified time stamp or date value is not well formatted.'],
  'InvalidTimeStamp.Expired': [400, 'Specified time stamp or date value is expired.'],
  SignatureNonceUsed: [400, 'Specified signature nonce was used already.'],
  // Server side
  'Throttling.User': [400, 'Request was denied due to user flow control.'],
  InternalError: [500, 'The request processing has failed due to some unknown error.'],
  // Instances
  'InvalidDBInstanceId.NotFound': [
    404,
    'The DBInstanceId provided does not exist in our records: %.',
  ],
  'OperationDenied.DBInstanceId': [403, 'The source instance must not be the target instance.'],
  'OperationDenied.Engine': [403, 'The engines of the two instances differ.'],
  'OperationDenied.Region': [403, 'The regions of the two instances differ.'],
  EngineNotSupported: [400, 'The specified engine does not support this operation: %.'],
  EngineVersionNotSupported: [
    400,
    'The specified engine version does not support this operation: %.',
  ],
  IncorrectDBInstanceType: [400, 'Current DB instance type does not support this operation: %.'],
  'OperationDenied.DBInstanceType': [403, 'The instance class does not permit this operation: %.'],
  'OperationDenied.DBInstanceStatus': [
    403,
    'The operation is not permitted due to status of instance: %.',
  ],
  IncorrectDBInstanceState: [403, 'Current DB instance state does not support this operation: %.'],
  'OperationDenied.LockMode': [
    403,
    'The operation is not permitted when the instance is locked: %.',
  ],
  'QuotaExceeded.DBInstanceStorage': [403, 'The storage quota of the instance is exceeded: %.'],
  // Databases
  'InvalidDBInfo.Malformed': [400, 'The specified DBInfo is not valid or db not exist: %.'],
  'InvalidDBName.NotFound': [404, 'The specified DB name does not exist: %.'],
  'InvalidDBName.Malformed': [400, 'The specified DB name is not valid: %.'],
  'InvalidDBName.Duplicate': [400, 'The specified DB name already exists: %.'],
  'OperationDenied.DBStatus': [403, 'The operation is not permitted due to status of database: %.'],
  // Imports and listings
  'InvalidTaskId.NotFound': [400, 'The specified task does not exist: %.'],
  'OperationDenied.IncorrectTaskStatus': [
    403,
    'The operation is not permitted due to task status: %.',
  ],
  'InvalidStartTime.Malformed': [400, 'The specified start time is not valid.'],
  'InvalidEndTime.Malformed': [400, 'The specified end time is not valid.'],
  'InvalidStartTimeAndEndTime.Malformed': [
    400,
    'The end time must be greater than the start time.',
  ],
} as const satisfies Readonly<Record<string, readonly [status: number, text: string]>>;

export type RefusalCode = keyof typeof REFUSALS;

/** Thrown to end a request with an error answer. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
  ) {
    super(message);
  }

  /** `subject` fills the place the text leaves for it. */
  static of(code: RefusalCode, subject = ''): Refusal {
    const [status, text] = REFUSALS[code];
    return new Refusal(
      code,
      status,
      text.replace('%', () => subject),
    );
  }
}
