// Writes answers as JSON or XML. A bigint leaves as bare digits, so an ImportId above 2^53 is exact on the wire.
export type Json =
  string | number | bigint | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export type JsonObject = { readonly [name: string]: Json };

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

export function toJson(value: Json): string {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(toJson).join(',')}]`;
  const fields = Object.entries(value).map(
    ([name, field]) => `${JSON.stringify(name)}:${toJson(field)}`,
  );
  return `{${fields.join(',')}}`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escaped = (text: string): string => text.replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);

/** A list becomes its element repeated, as the published XML samples show it. */
export function toXml(name: string, value: Json): string {
  if (value === null || typeof value !== 'object')
    return `<${name}>${escaped(String(value))}</${name}>`;
  if (isList(value)) return value.map((item) => toXml(name, item)).join('');
  const inner = Object.entries(value).map(([field, item]) => toXml(field, item));
  return `<${name}>${inner.join('')}</${name}>`;
}
