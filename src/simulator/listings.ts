// The two import listings, each with the shape and the spelling of totals its SDKs read.
import { secondsUtc } from './clock.js';
import {
  importIdOf,
  instanceNamed,
  pageOf,
  required,
  timeWindow,
  type Call,
  type Result,
} from './call.js';
import { wordOf, type ImportRun } from './import-run.js';
import { isSqlServer2017Cluster } from './preconditions.js';
import { Refusal } from './refusals.js';
import type { Instance } from './world-file.js';

/** Imports into the instance that began in the window, both ends included, oldest first. */
function listed(call: Call, instance: Instance): readonly ImportRun[] {
  const { from, to } = timeWindow(call);
  const importId = importIdOf(call);
  return call.world
    .runsInto(instance.instanceId)
    .filter((run) => run.visibleAt <= call.now)
    .filter((run) => run.startedAt >= from && run.startedAt <= to)
    .filter((run) => importId === null || run.importId === importId);
}

/** One row for each database. */
export function describeImportsForSQLServer(call: Call): Result {
  const instance = instanceNamed(call, 'DBInstanceId');
  if (instance.engine !== 'SQLServer') throw Refusal.of('EngineNotSupported', instance.engine);
  if (isSqlServer2017Cluster(instance)) {
    throw Refusal.of('EngineVersionNotSupported', instance.engineVersion);
  }
  const rows = listed(call, instance).flatMap((run) =>
    run.pairs.map(({ source, target }, index) => ({
      ImportId: run.importId,
      FileName: `${run.sourceId}_${source}.bak`,
      DBName: target,
      ImportStatus: wordOf(run, call.now, index),
      StartTime: secondsUtc(run.startedAt),
    })),
  );
  const page = pageOf(call, rows);
  return {
    body: {
      Items: { SQLServerImport: page.items },
      PageNumber: page.number,
      SQLItemsCounts: page.items.length,
      TotalRecordCounts: rows.length,
    },
  };
}

/** The action's name is spelled so upstream. No database names, no start times. */
export function descibeImportsFromDatabase(call: Call): Result {
  const instance = instanceNamed(call, 'DBInstanceId');
  const engine = required(call, 'Engine');
  if (engine !== 'MySQL' || instance.engine !== 'MySQL') {
    throw Refusal.of('EngineNotSupported', engine === 'MySQL' ? instance.engine : engine);
  }
  const rows = listed(call, instance).map((run) => {
    const word = wordOf(run, call.now);
    return {
      ImportId: run.importId,
      ImportDataType: 'Full',
      ImportDataStatus: word,
      ImportDataStatusDescription: `The import is in status ${word}`,
      IncrementalImportingTime: '',
    };
  });
  const page = pageOf(call, rows);
  return {
    body: {
      Items: { ImportResultFromDB: page.items },
      PageNumber: page.number,
      PageRecordCount: page.items.length,
      TotalRecordCount: rows.length,
    },
  };
}
