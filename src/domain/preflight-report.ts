// What a preflight report says as a whole.
import type { Engine } from './db-info.js';
import { ASKED_OF, isUnseen, type CheckId, type PreflightReport } from './preflight.js';

/** What keeps the report from being `ok`: the failed checks, else that an instance could not be read. */
export function blockingText({ checks }: PreflightReport): string {
  const failed = checks.filter(({ status }) => status === 'fail');
  const blocking = failed.length > 0 ? failed : checks.filter(isUnseen);
  return blocking.map(({ id, message }) => `${id}: ${message}`).join(' ');
}

/** Every check that is asked of the engine passes. */
export const hasPassed = ({ checks }: PreflightReport, engine: Engine): boolean =>
  checks.every(({ id, status }) => status === 'pass' || !isAskedOf(id, engine));

function isAskedOf(id: CheckId, engine: Engine): boolean {
  const asked: Readonly<Partial<Record<CheckId, Engine>>> = ASKED_OF;
  return (asked[id] ?? engine) === engine;
}

/** Does the migration bring all data of its source? False while that is not known. */
export function movesWholeSource(report: PreflightReport | null): boolean {
  const check = report?.checks.find(({ id }) => id === 'target_storage_sufficient');
  return check?.observed['areAllMoved'] === true;
}
