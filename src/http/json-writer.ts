// Writes answers as JSON; texts that are JSON already go in untouched, so their order of keys survives.

/** JSON text to be written as it is: JavaScript objects would reorder number-like keys. */
export class RawJson {
  constructor(readonly text: string) {}
}

/** As `JSON.stringify`, and `RawJson` in place. Undefined members are left out. */
export function writeJson(value: unknown): string {
  if (value === null || typeof value !== 'object' || 'toJSON' in value) return scalar(value);
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  const members: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${writeJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

/** JSON has no undefined: in an array it is null. */
const scalar = (value: unknown): string => JSON.stringify(value) ?? 'null';
