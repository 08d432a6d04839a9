// What can be asked of a migration in its state; the routes answer 409 to everything else.
import type { Gate } from './batch.js';
import type { Migration } from './migration.js';

export const ACTIONS = ['cancel', 'retry', 'resolve', 'resume'] as const;
export type Action = (typeof ACTIONS)[number];

type Asked = Pick<Migration, 'status' | 'engine' | 'parked'>;

/** `gate`: of its batch; null outside of one. */
export function allowedActions(migration: Asked, gate: Gate | null): readonly Action[] {
  const actions = actionsIn(migration, gate);
  return migration.parked === null ? actions : [...actions, 'resume'];
}

function actionsIn(migration: Asked, gate: Gate | null): readonly Action[] {
  switch (migration.status) {
    case 'scheduled':
    case 'queued':
    case 'checking':
    case 'submitting':
    case 'canceling':
      return ['cancel'];
    case 'outcome_unknown':
      return ['cancel', 'resolve'];
    case 'importing':
      return canCancelImports(migration) ? ['cancel'] : [];
    case 'failed':
    case 'canceled':
      return canStartIn(gate) ? ['retry'] : [];
    case 'succeeded':
      return [];
  }
}

/** Upstream's CancelImport takes imports of SQL Server alone. */
export const canCancelImports = ({ engine }: Pick<Migration, 'engine'>): boolean =>
  engine === 'SQLServer';

/** A batch that was canceled or halted would withdraw at once what is tried again. */
export const canStartIn = (gate: Gate | null): boolean => gate !== 'canceled' && gate !== 'halted';
