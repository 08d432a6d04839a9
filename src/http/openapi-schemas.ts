// The part of JSON Schema that the OpenAPI document uses, and a walk over every schema in it.

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  format?: string;
  pattern?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  maxProperties?: number;
  required?: string[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}

/** `place` is the name of the component or parameter; `name` that of the property, else the place again. */
export type SeeSchema = (schema: Schema, name: string, place: string) => void;

export function eachSchema(schema: Schema, names: readonly [string, string], see: SeeSchema): void {
  const [name, place] = names;
  see(schema, name, place);
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    eachSchema(inner, [key, place], see);
  }
  const { items, additionalProperties: others } = schema;
  if (items !== undefined) eachSchema(items, [name, place], see);
  if (typeof others === 'object') eachSchema(others, [name, place], see);
  for (const part of [...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.allOf ?? [])]) {
    eachSchema(part, [name, place], see);
  }
}

export const typesOf = ({ type }: Schema): readonly string[] =>
  type === undefined ? [] : [type].flat();
