// What must hold before an import starts, checked in one order; the first that does not is the answer.
import { instanceNamed, required, type Call } from './call.js';
import { readDbInfo, type NamePair } from './db-info.js';
import type { ImportEngine, ImportPair, ImportPlan } from './import-run.js';
import { Refusal } from './refusals.js';
import type { Database, Instance } from './world-file.js';

const MB = 1024 * 1024;
const DEDICATED = ['d', 'h'];

export function isSqlServer2017Cluster({ engine, engineVersion, category }: Instance): boolean {
  if (engine !== 'SQLServer') return false;
  return (
    engineVersion === '2017_ent' || (category === 'AlwaysOn' && engineVersion.startsWith('2017'))
  );
}

function commonEngine(source: Instance, target: Instance): ImportEngine {
  if (source.engine !== target.engine) throw Refusal.of('OperationDenied.Engine');
  if (source.regionId !== target.regionId) throw Refusal.of('OperationDenied.Region');
  if (source.engine === 'MySQL' || source.engine === 'SQLServer') return source.engine;
  throw Refusal.of('EngineNotSupported', source.engine);
}

function checkKind(instance: Instance): void {
  const { instanceId, instanceType, classType, engineVersion } = instance;
  if (instanceType !== 'Primary') throw Refusal.of('IncorrectDBInstanceType', instanceId);
  if (!DEDICATED.includes(classType))
    throw Refusal.of('OperationDenied.DBInstanceType', instanceId);
  if (isSqlServer2017Cluster(instance))
    throw Refusal.of('EngineVersionNotSupported', engineVersion);
}

/** Two codes are documented for one fact; the source gets one, the target the other. */
function checkStates(source: Instance, target: Instance): void {
  if (source.status !== 'Running') {
    throw Refusal.of('OperationDenied.DBInstanceStatus', source.instanceId);
  }
  if (target.status !== 'Running') throw Refusal.of('IncorrectDBInstanceState', target.instanceId);
  for (const { instanceId, lockMode } of [source, target]) {
    if (lockMode !== 'Unlock') throw Refusal.of('OperationDenied.LockMode', instanceId);
  }
}

function find(
  databases: readonly Database[],
  name: string,
  engine: ImportEngine,
): Database | undefined {
  const key = (text: string): string => (engine === 'SQLServer' ? text.toLowerCase() : text);
  return databases.find((database) => key(database.name) === key(name));
}

function runningDatabase(instance: Instance, name: string, engine: ImportEngine): Database {
  const database = find(instance.databases, name, engine);
  if (database === undefined) {
    throw Refusal.of('InvalidDBName.NotFound', `${name} on ${instance.instanceId}`);
  }
  if (database.status !== 'Running') {
    throw Refusal.of('OperationDenied.DBStatus', `${name} on ${instance.instanceId}`);
  }
  return database;
}

const RESERVED_NAMES = ['master', 'tempdb', 'msdb', 'model', 'distribution', 'mssqlsystemresource'];

/** CreateDatabase's rule: 2 to 64 of lower-case letters, digits, `_`, `-`, from a letter to a letter or digit. */
function checkFreeName(target: Instance, name: string): void {
  if (!/^[a-z][a-z0-9_-]{0,62}[a-z0-9]$/.test(name) || RESERVED_NAMES.includes(name)) {
    throw Refusal.of('InvalidDBName.Malformed', name);
  }
  if (find(target.databases, name, 'SQLServer') !== undefined) {
    throw Refusal.of('InvalidDBName.Duplicate', `${name} on ${target.instanceId}`);
  }
}

function withSizes(
  names: readonly NamePair[],
  engine: ImportEngine,
  source: Instance,
  target: Instance,
): readonly ImportPair[] {
  return names.map((pair) => {
    const { sizeMB } = runningDatabase(source, pair.source, engine);
    if (engine === 'MySQL') runningDatabase(target, pair.target, engine);
    else checkFreeName(target, pair.target);
    return { ...pair, sizeMB };
  });
}

/** The import the call asks for, or a Refusal. */
export function permittedImport(call: Call): ImportPlan {
  const targetId = required(call, 'DBInstanceId');
  const sourceId = required(call, 'SourceDBInstanceId');
  const dbInfo = required(call, 'DBInfo');
  if (targetId === sourceId) throw Refusal.of('OperationDenied.DBInstanceId');
  const target = instanceNamed(call, 'DBInstanceId');
  const source = instanceNamed(call, 'SourceDBInstanceId');
  const engine = commonEngine(source, target);
  for (const instance of [source, target]) checkKind(instance);
  checkStates(source, target);
  const pairs = withSizes(readDbInfo(dbInfo, engine), engine, source, target);
  const { storageBytes, diskUsedBytes } = call.world.usage(target);
  const neededBytes = pairs.reduce((sum, { sizeMB }) => sum + sizeMB, 0) * MB;
  if (storageBytes - diskUsedBytes <= neededBytes) {
    throw Refusal.of('QuotaExceeded.DBInstanceStorage', targetId);
  }
  return { engine, accountId: call.key.accountId, sourceId, targetId, pairs };
}
