// Reads the labels of a migration from the tree of its body: names such as `__proto__` are plain names.
import type { Violation } from '../domain/errors.js';
import { pointerTo } from '../domain/json-pointer.js';
import type { JsonMember, JsonObject } from '../domain/json-text.js';
import { MAX_LABEL_LENGTH, MAX_LABELS } from '../domain/policy.js';

export interface LabelsReading {
  readonly labels: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];
}

/** Counted in characters; control and format characters and half surrogates would garble lists and logs. */
const UNPRINTABLE = '\\p{C}\\p{Zl}\\p{Zp}';
/** No colon: in the filter `label=key:value` the first one ends the key. */
const KEY = new RegExp(`^[^${UNPRINTABLE}:]{1,${MAX_LABEL_LENGTH}}$`, 'u');
const VALUE = new RegExp(`^[^${UNPRINTABLE}]{0,${MAX_LABEL_LENGTH}}$`, 'u');

/**
 * Labels beyond the limit are only counted: one violation says so. `byDefault` are those of the
 * batch: they count too, and one of the same key gives way.
 */
export function readLabels(
  node: JsonObject,
  byDefault: Readonly<Record<string, string>> = {},
): LabelsReading {
  const looked = node.members.slice(0, MAX_LABELS);
  const violations = looked.flatMap(faultOf);
  const pairs = looked.flatMap(({ key, value }) =>
    value.kind === 'string' ? [[key, value.value] as const] : [],
  );
  const labels = Object.fromEntries([...Object.entries(byDefault), ...pairs]);
  if (node.members.length > MAX_LABELS) {
    violations.unshift(broken([], `There may be at most ${MAX_LABELS} labels`));
  } else if (Object.keys(labels).length > MAX_LABELS) {
    const message = `There may be at most ${MAX_LABELS} labels, those of the batch among them`;
    violations.unshift(broken([], message));
  }
  return { labels, violations };
}

function faultOf({ key, value }: JsonMember): Violation[] {
  if (!KEY.test(key)) {
    const message = `The key must be 1 to ${MAX_LABEL_LENGTH} printable characters without a colon`;
    return [broken([key], message)];
  }
  if (value.kind !== 'string' || !VALUE.test(value.value)) {
    const message = `The value must be a text of up to ${MAX_LABEL_LENGTH} printable characters`;
    return [broken([key], message)];
  }
  return [];
}

const broken = (path: readonly string[], message: string): Violation => ({
  pointer: pointerTo('labels', ...path),
  code: 'label_invalid',
  message,
});
