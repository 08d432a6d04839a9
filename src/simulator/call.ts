// One admitted call, and how an action reads its parameters: every mistake is a documented refusal.
import { Refusal, type RefusalCode } from './refusals.js';
import type { ImportRun } from './import-run.js';
import type { JsonObject } from './wire-format.js';
import type { Instance, AccessKey } from './world-file.js';
import type { Twist, World } from './world.js';

export interface Call {
  readonly world: World;
  readonly key: AccessKey;
  readonly params: ReadonlyMap<string, string>;
  readonly now: number;
  /** What a fault makes different about the import this call starts. */
  readonly twist: Twist;
}

export interface Result {
  readonly body: JsonObject;
  /** The import this call started. */
  readonly started?: ImportRun;
}

export type Action = (call: Call) => Result;

export function required({ params }: Call, name: string): string {
  const value = params.get(name);
  if (value === undefined || value === '') throw Refusal.of('MissingParameter', name);
  return value;
}

/** An instance of the caller's account; another account's is as unknown as none. */
export function instanceNamed(call: Call, name: string): Instance {
  const instanceId = required(call, name);
  const instance = call.world.instance(instanceId);
  if (instance === undefined || instance.accountId !== call.key.accountId) {
    throw Refusal.of('InvalidDBInstanceId.NotFound', instanceId);
  }
  return instance;
}

/** `yyyy-MM-ddTHH:mmZ`: minutes, no seconds. Milliseconds since the epoch. */
function minute(call: Call, name: string, code: RefusalCode): number {
  const text = required(call, name);
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) throw Refusal.of(code);
  return time;
}

export function timeWindow(call: Call): { readonly from: number; readonly to: number } {
  const from = minute(call, 'StartTime', 'InvalidStartTime.Malformed');
  const to = minute(call, 'EndTime', 'InvalidEndTime.Malformed');
  if (to <= from) throw Refusal.of('InvalidStartTimeAndEndTime.Malformed');
  return { from, to };
}

/** A decimal ImportId, or null when there is none. */
export function importIdOf({ params }: Call): bigint | null {
  const text = params.get('ImportId');
  if (text === undefined) return null;
  if (!/^\d{1,20}$/.test(text)) throw Refusal.of('InvalidParameter', 'ImportId');
  return BigInt(text);
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly number: number;
}

const OLD_PAGE_SIZES = [30, 50, 100];

/** PageSize 30, 50 or 100, default 30. */
export function pageOf<T>(
  call: Call,
  all: readonly T[],
  sizes: readonly number[] = OLD_PAGE_SIZES,
): Page<T> {
  const size = Number(call.params.get('PageSize') ?? 30);
  const number = Number(call.params.get('PageNumber') ?? 1);
  if (!sizes.includes(size)) throw Refusal.of('InvalidParameter', 'PageSize');
  if (!Number.isSafeInteger(number) || number < 1)
    throw Refusal.of('InvalidParameter', 'PageNumber');
  return { items: all.slice((number - 1) * size, number * size), number };
}
