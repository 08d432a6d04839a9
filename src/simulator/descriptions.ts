// The reads of instances, databases, usage and identity.
import { instanceNamed, pageOf, required, type Call, type Result } from './call.js';
import { Refusal } from './refusals.js';
import type { JsonObject } from './wire-format.js';
import type { Instance } from './world-file.js';

const NEW_PAGE_SIZES = Array.from({ length: 100 }, (_, index) => index + 1);

/** Both the attribute and the list show these. */
function outline(call: Call, instance: Instance): JsonObject {
  return {
    DBInstanceId: instance.instanceId,
    DBInstanceDescription: instance.instanceId,
    RegionId: instance.regionId,
    ZoneId: `${instance.regionId}-h`,
    Engine: instance.engine,
    EngineVersion: instance.engineVersion,
    Category: instance.category,
    DBInstanceClass: instance.instanceClass,
    DBInstanceType: instance.instanceType,
    DBInstanceStatus: call.world.shownStatus(instance),
    LockMode: instance.lockMode,
    PayType: 'Postpaid',
    InstanceNetworkType: 'VPC',
  };
}

function attribute(call: Call, instance: Instance): JsonObject {
  return {
    ...outline(call, instance),
    DBInstanceClassType: instance.classType,
    DBInstanceStorage: instance.storageGB,
    DBInstanceDiskUsed: String(call.world.usage(instance).diskUsedBytes),
    DBInstanceMemory: 16384,
    DBInstanceCPU: '4',
    DBMaxQuantity: instance.engine === 'SQLServer' ? 100 : 99999,
    AccountMaxQuantity: 99999,
    MaxConnections: 2500,
    MaxIOPS: 4500,
    ConnectionString: `${instance.instanceId}.rds.invalid`,
    Port: instance.engine === 'SQLServer' ? '1433' : '3306',
  };
}

export function describeDBInstanceAttribute(call: Call): Result {
  const found = call.world.instance(required(call, 'DBInstanceId'));
  const isMissing = found === undefined || found.accountId !== call.key.accountId;
  if (isMissing && call.world.profile.missingInstance === 'empty') {
    return { body: { Items: { DBInstanceAttribute: [] } } };
  }
  const instance = instanceNamed(call, 'DBInstanceId');
  return { body: { Items: { DBInstanceAttribute: [attribute(call, instance)] } } };
}

/** No total, as upstream; a name or status that matches nothing gives an empty list, not an error. */
export function describeDatabases(call: Call): Result {
  const instance = instanceNamed(call, 'DBInstanceId');
  const name = call.params.get('DBName');
  const status = call.params.get('DBStatus');
  const databases = instance.databases
    .filter((database) => name === undefined || database.name === name)
    .filter((database) => status === undefined || database.status === status);
  const rows = pageOf(call, databases).items.map((database) => ({
    DBName: database.name,
    DBInstanceId: instance.instanceId,
    Engine: instance.engine,
    DBStatus: database.status,
    CharacterSetName: instance.engine === 'SQLServer' ? 'Chinese_PRC_CI_AS' : 'utf8mb4',
    DBDescription: '',
    Accounts: { AccountPrivilegeInfo: [] },
    ...(instance.engine === 'SQLServer' ? { TotalCount: databases.length } : {}),
  }));
  return { body: { Databases: { Database: rows } } };
}

/** Bytes; −1 where there is nothing to tell. */
export function describeResourceUsage(call: Call): Result {
  const instance = instanceNamed(call, 'DBInstanceId');
  const usage = call.world.usage(instance);
  return {
    body: {
      DBInstanceId: instance.instanceId,
      Engine: instance.engine,
      DiskUsed: usage.diskUsedBytes,
      DataSize: usage.dataBytes,
      LogSize: usage.logBytes,
      BackupSize: 0,
      ColdBackupSize: -1,
      SQLSize: -1,
      BackupOssDataSize: 0,
      BackupOssLogSize: 0,
      BackupEcsSnapshotSize: '0',
    },
  };
}

export function describeDBInstances(call: Call): Result {
  const regionId = required(call, 'RegionId');
  const matches = (param: string, value: string): boolean =>
    (call.params.get(param) ?? value) === value;
  const instances = call.world
    .instances()
    .filter(
      (instance) => instance.accountId === call.key.accountId && instance.regionId === regionId,
    )
    .filter((instance) => matches('Engine', instance.engine))
    .filter((instance) => matches('DBInstanceId', instance.instanceId))
    .filter((instance) => matches('DBInstanceStatus', call.world.shownStatus(instance)));
  if (call.params.has('NextToken') || call.params.has('MaxResults')) {
    throw Refusal.of('InvalidParameter', 'MaxResults and NextToken are not simulated');
  }
  const page = pageOf(call, instances, NEW_PAGE_SIZES);
  return {
    body: {
      Items: { DBInstance: page.items.map((instance) => outline(call, instance)) },
      PageNumber: page.number,
      PageRecordCount: page.items.length,
      TotalRecordCount: instances.length,
    },
  };
}

export function getCallerIdentity({ key }: Call): Result {
  const { accountId, securityToken } = key;
  const isRole = securityToken !== null;
  return {
    body: {
      AccountId: accountId,
      Arn: isRole
        ? `acs:sts::${accountId}:assumed-role/simulator/session`
        : `acs:ram::${accountId}:root`,
      IdentityType: isRole ? 'AssumedRoleUser' : 'Account',
      PrincipalId: accountId,
      ...(isRole ? { RoleId: '300000000000000001' } : { UserId: accountId }),
    },
  };
}
