// Every request that docs/openapi.json prints, ready to be sent: one for each example of a body, one where there is none.
import { readFileSync } from 'node:fs';

export interface Example {
  readonly operationId: string;
  readonly method: string;
  /** With the examples of its parameters, but for `{importId}`. */
  readonly path: string;
  /** Key of the example; empty where the operation takes no body. */
  readonly name: string;
  readonly type: string;
  readonly body: string | null;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly example?: string;
}

interface Media {
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as Document;

const CSV_QUERY = '?credentialId=cred_01jdemoq4y7z8b9c0d1e2f3g4h';

export const EXAMPLES: readonly Example[] = Object.entries(document.paths).flatMap(
  ([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) =>
      examplesOf(path, method.toUpperCase(), operation),
    ),
);

function examplesOf(path: string, method: string, operation: Operation): readonly Example[] {
  const { operationId, parameters = [], requestBody } = operation;
  const filled = parameters
    .filter((parameter) => parameter.in === 'path' && parameter.name !== 'importId')
    .reduce((text, { name, example = '' }) => text.replace(`{${name}}`, example), path);
  if (requestBody === undefined) {
    return [{ operationId, method, path: filled, name: '', type: '', body: null }];
  }
  return Object.entries(requestBody.content).flatMap(([type, { examples = {} }]) =>
    Object.entries(examples).map(([name, { value }]) => ({
      ...{ operationId, method, name, type },
      path: type === 'text/csv' ? `${filled}${CSV_QUERY}` : filled,
      body: typeof value === 'string' ? value : JSON.stringify(value),
    })),
  );
}
