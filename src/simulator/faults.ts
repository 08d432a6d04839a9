// The faults ordered through the control route: matched in the order they were set, each counted down.
import { IMPORT_ACTION } from './actions.js';
import { Fields, Malformed } from './fields.js';
import type { RpcRequest } from './rpc-request.js';

/** What each does is in the table at the top of control.ts. */
export const FAULT_KINDS = [
  'throttle',
  'error500',
  'error500_after',
  'lost_reply',
  'reset_before',
  'hang',
  'garbage',
  'truncated',
  'no_import_id',
  'late_visibility',
  'fail_import',
  'code',
  'gone',
  'slow',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** These match imports alone, and are spent only by an import that starts. */
const OF_IMPORTS: readonly FaultKind[] = ['no_import_id', 'late_visibility', 'fail_import'];

export interface Fault {
  readonly id: number;
  readonly kind: FaultKind;
  /** Null: every action. */
  readonly action: string | null;
  /** Source or target. Null: every instance. */
  readonly instanceId: string | null;
  readonly delayMs: number;
  readonly executed: boolean;
  readonly hideStates: boolean;
  readonly code: string;
  readonly message: string;
  readonly status: number;
  /** How often it still strikes; −1 for ever. */
  timesLeft: number;
}

const DELAY_MS: Readonly<Partial<Record<FaultKind, number>>> = {
  slow: 1000,
  late_visibility: 5000,
};
const STATUS: Readonly<Partial<Record<FaultKind, number>>> = { code: 400, garbage: 502 };

/** Throws Malformed. */
function readFault(value: unknown, id: number): Fault {
  const fields = new Fields(value, 'fault');
  const kind = fields.oneOf('kind', FAULT_KINDS);
  const fault = {
    id,
    kind,
    action: fields.has('action') ? fields.text('action') : null,
    instanceId: fields.has('instanceId') ? fields.text('instanceId') : null,
    timesLeft: fields.number('times', 1, -1),
    delayMs: fields.number('delayMs', DELAY_MS[kind] ?? 0),
    executed: fields.flag('executed', false),
    hideStates: fields.flag('hideStates', false),
    code: fields.text('code', 'InternalError'),
    message: fields.text('message', 'This answer was ordered through the control route.'),
    status: fields.number('status', STATUS[kind] ?? 500, 200),
  };
  fields.end();
  if (fault.timesLeft === 0 || !Number.isInteger(fault.timesLeft)) {
    throw new Malformed('fault.times must be -1 (for ever) or a positive integer');
  }
  if (!Number.isInteger(fault.status) || fault.status > 599) {
    throw new Malformed('fault.status must be an HTTP status from 200 to 599');
  }
  if (kind === 'code' && !fields.has('code')) throw new Malformed('fault.code must be given');
  return fault;
}

function touches(params: ReadonlyMap<string, string>, instanceId: string): boolean {
  return (
    params.get('DBInstanceId') === instanceId || params.get('SourceDBInstanceId') === instanceId
  );
}

export class FaultBook {
  readonly #faults: Fault[] = [];
  #count = 0;

  set(order: unknown): Fault {
    const fault = readFault(order, this.#count + 1);
    this.#count += 1;
    this.#faults.push(fault);
    return fault;
  }

  pending(): readonly Fault[] {
    return this.#faults;
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** The first that fits. It stays until `spend`. */
  match({ action, params }: RpcRequest): Fault | null {
    const fits = ({ kind, ...fault }: Fault): boolean =>
      (fault.action === null || fault.action === action) &&
      (fault.instanceId === null || touches(params, fault.instanceId)) &&
      (!OF_IMPORTS.includes(kind) || action === IMPORT_ACTION);
    return this.#faults.find(fits) ?? null;
  }

  spend(fault: Fault, hasStarted: boolean): void {
    if (fault.timesLeft < 0 || (OF_IMPORTS.includes(fault.kind) && !hasStarted)) return;
    fault.timesLeft -= 1;
    if (fault.timesLeft === 0) this.#faults.splice(this.#faults.indexOf(fault), 1);
  }
}
