// Which actions exist, by API version. All others are unknown.
import type { Action } from './call.js';
import {
  describeDatabases,
  describeDBInstanceAttribute,
  describeDBInstances,
  describeResourceUsage,
  getCallerIdentity,
} from './descriptions.js';
import { cancelImport, importDatabaseBetweenInstances } from './import-actions.js';
import { descibeImportsFromDatabase, describeImportsForSQLServer } from './listings.js';
import { Refusal } from './refusals.js';
import { assumeRole } from './sessions.js';

export const IMPORT_ACTION = 'ImportDatabaseBetweenInstances';

const ACTIONS: ReadonlyMap<string, ReadonlyMap<string, Action>> = new Map([
  [
    '2014-08-15',
    new Map<string, Action>([
      [IMPORT_ACTION, importDatabaseBetweenInstances],
      ['CancelImport', cancelImport],
      ['DescribeImportsForSQLServer', describeImportsForSQLServer],
      ['DescibeImportsFromDatabase', descibeImportsFromDatabase],
      ['DescribeDBInstanceAttribute', describeDBInstanceAttribute],
      ['DescribeDatabases', describeDatabases],
      ['DescribeResourceUsage', describeResourceUsage],
      ['DescribeDBInstances', describeDBInstances],
    ]),
  ],
  [
    '2015-04-01',
    new Map<string, Action>([
      ['GetCallerIdentity', getCallerIdentity],
      ['AssumeRole', assumeRole],
    ]),
  ],
]);

export function actionNamed(action: string | null, version: string | null): Action {
  if (action === null) throw Refusal.of('MissingParameter', 'Action');
  if (version === null) throw Refusal.of('MissingParameter', 'Version');
  const actions = ACTIONS.get(version);
  if (actions === undefined) throw Refusal.of('NoSuchVersion', version);
  const found = actions.get(action);
  if (found === undefined) throw Refusal.of('InvalidAction.NotFound', action);
  return found;
}
