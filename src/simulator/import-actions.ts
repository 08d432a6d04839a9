// Starts and cancels imports: ImportDatabaseBetweenInstances, CancelImport.
import { importIdOf, instanceNamed, required, type Call, type Result } from './call.js';
import { permittedImport } from './preconditions.js';
import { Refusal } from './refusals.js';

export function importDatabaseBetweenInstances(call: Call): Result {
  const started = call.world.start(permittedImport(call), call.twist);
  const { importId, isToldAsText } = started;
  return { body: { ImportId: isToldAsText ? importId.toString() : importId }, started };
}

/** `DBInstanceId` is the target: the import is in its list. Answers before the import has ended. */
export function cancelImport(call: Call): Result {
  required(call, 'ImportId');
  const target = instanceNamed(call, 'DBInstanceId');
  const importId = importIdOf(call);
  const run = importId === null ? undefined : call.world.run(importId);
  if (run === undefined || run.targetId !== target.instanceId) {
    throw Refusal.of('InvalidTaskId.NotFound', String(importId));
  }
  const { cancelMySQL, cancelSQLServer } = call.world.profile;
  const isSupported = run.engine === 'MySQL' ? cancelMySQL : cancelSQLServer;
  if (!isSupported) throw Refusal.of('EngineNotSupported', run.engine);
  if (run.hasEnded || run.cancelRequestedAt !== null) {
    throw Refusal.of('OperationDenied.IncorrectTaskStatus', String(importId));
  }
  call.world.cancel(run);
  return { body: {} };
}
