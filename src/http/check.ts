// Checks given values against a DTO: every field that breaks a rule is named, with the contract's code and pointer.
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { VIOLATIONS, type Violation, type ViolationCode } from '../domain/errors.js';
import { pointerTo } from '../domain/json-pointer.js';
import { MAX_VIOLATIONS } from './problem-view.dto.js';

export type DtoClass<T extends object> = new () => T;

export interface CheckedFields<T extends object> {
  /** Only fields that keep their rules. */
  readonly fields: Partial<T>;
  readonly violations: readonly Violation[];
}

/** Known properties of each DTO: those that carry a rule. A field without one would be refused as unknown. */
const known = new Map<DtoClass<object>, ReadonlySet<string>>();

export function propertiesOf(type: DtoClass<object>): ReadonlySet<string> {
  let properties = known.get(type);
  if (properties === undefined) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    properties = new Set(rules.map((rule) => rule.propertyName));
    known.set(type, properties);
  }
  return properties;
}

/** Of a repeated key the last value counts. Keys never become properties unless the DTO names them. */
export function checkFields<T extends object>(
  type: DtoClass<T>,
  entries: readonly (readonly [string, unknown])[],
): CheckedFields<T> {
  const properties = propertiesOf(type);
  const values = Object.fromEntries(entries.filter(([key]) => properties.has(key)));
  const fields = plainToInstance(type, values);
  const errors = validateSync(fields, { validationError: { target: false, value: false } });
  for (const { property } of errors) Reflect.deleteProperty(fields, property);
  return {
    fields,
    violations: [...unknownIn(properties, entries), ...errors.flatMap(violationsOf)],
  };
}

/** No more than an answer shows: a body may consist of nothing else. */
function unknownIn(
  properties: ReadonlySet<string>,
  entries: readonly (readonly [string, unknown])[],
): Violation[] {
  const found: Violation[] = [];
  for (const [key] of entries) {
    if (found.length > MAX_VIOLATIONS) break;
    if (properties.has(key)) continue;
    const code = 'unknown_property';
    found.push({ pointer: pointerTo(key), code, message: VIOLATIONS[code] });
  }
  return found;
}

/** What is missing or of the wrong type breaks its other rules too: only that is said of it. */
function violationsOf(error: ValidationError): Violation[] {
  const pointer = pointerTo(error.property);
  const violations = Object.entries(error.constraints ?? {}).map(([name, message]): Violation => ({
    pointer,
    code: codeOf(error, name),
    message,
  }));
  const gravest =
    violations.find(({ code }) => code === 'required') ??
    violations.find(({ code }) => code === 'wrong_type');
  return gravest === undefined ? violations : [gravest];
}

function codeOf(error: ValidationError, constraint: string): ViolationCode {
  const context = error.contexts?.[constraint] as { readonly code?: ViolationCode } | undefined;
  return context?.code ?? 'wrong_type';
}
