// Reads the window of a batch from the tree of its body: every part that breaks a rule is named.
import type { BatchWindow } from '../domain/batch.js';
import type { Violation, ViolationCode } from '../domain/errors.js';
import { VIOLATIONS } from '../domain/errors.js';
import { pointerTo } from '../domain/json-pointer.js';
import type { JsonNode, JsonObject } from '../domain/json-text.js';
import { DAYS, isTimeZone, parseClock, type Day } from '../domain/window.js';
import { member } from './migration-draft.js';

export interface WindowReading {
  /** Null without one, and when a rule is broken. */
  readonly window: BatchWindow | null;
  readonly violations: readonly Violation[];
}

const PROPERTIES: ReadonlySet<string> = new Set(['start', 'end', 'timeZone', 'days', 'fit']);

export const CLOCK_RULE = 'must be a time of the day as HH:MM, e.g. 22:00';
export const ZONE_RULE = 'must be the IANA name of a time zone, e.g. Asia/Shanghai';
export const DAYS_RULE = `must be different ones of ${DAYS.join(', ')}, at least one`;
const FIT_RULE = 'must be true or false';

/** `node` is the body. */
export function readWindow(node: JsonNode): WindowReading {
  const window = member(node, 'window');
  if (window?.kind !== 'object') return { window: null, violations: [] };
  const violations: Violation[] = unknownIn(window);
  const refuse = (name: string, code: ViolationCode, message: string): null => {
    violations.push({ pointer: pointerTo('window', name), code, message });
    return null;
  };
  const required = (
    name: string,
    isRight: (text: string) => boolean,
    rule: string,
  ): string | null => {
    const given = member(window, name);
    if (given === undefined) return refuse(name, 'required', VIOLATIONS.required);
    const text = given.kind === 'string' ? given.value : null;
    return text !== null && isRight(text) ? text : refuse(name, 'window_invalid', rule);
  };
  const isClock = (text: string): boolean => parseClock(text) !== null;
  const start = required('start', isClock, CLOCK_RULE);
  const end = required('end', isClock, CLOCK_RULE);
  const timeZone = required('timeZone', isTimeZone, ZONE_RULE);
  const days = daysOf(member(window, 'days'));
  if (days === undefined) refuse('days', 'window_invalid', DAYS_RULE);
  const fit = member(window, 'fit');
  if (fit !== undefined && fit.kind !== 'boolean') refuse('fit', 'window_invalid', FIT_RULE);
  if (start === null || end === null || timeZone === null || days === undefined) {
    return { window: null, violations };
  }
  const isFitting = fit?.kind === 'boolean' && fit.value;
  return { window: { start, end, timeZone, days, fit: isFitting }, violations };
}

/** Undefined where they break their rule. In the order of the week, whatever the order they came in. */
function daysOf(node: JsonNode | undefined): readonly Day[] | null | undefined {
  if (node === undefined || node.kind === 'null') return null;
  if (node.kind !== 'array' || node.items.length === 0 || node.items.length > DAYS.length) {
    return undefined;
  }
  const names = new Set(node.items.map((item) => (item.kind === 'string' ? item.value : '')));
  const days = DAYS.filter((day) => names.has(day));
  return days.length === node.items.length ? days : undefined;
}

function unknownIn(window: JsonObject): Violation[] {
  const code = 'unknown_property';
  const names = new Set(window.members.map(({ key }) => key).filter((key) => !PROPERTIES.has(key)));
  return [...names].map((name) => ({
    pointer: pointerTo('window', name),
    ...{ code, message: VIOLATIONS[code] },
  }));
}
