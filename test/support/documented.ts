/**
 * Holds live answers against docs/openapi.json: status, media type, headers and every field must be said
 * there. Streams, pages and their files are let through by their media type.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import supertest from 'supertest';

export interface Answered {
  readonly method: string;
  /** With or without a query string. */
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

interface Header {
  readonly $ref?: string;
  readonly required?: boolean;
  readonly schema?: { readonly type?: string };
}

interface Response {
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, object>>;
}

interface Operation {
  readonly responses: Readonly<Record<string, Response>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly headers: Readonly<Record<string, Header>> };
}

const FILE = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url));
const RENEW = 'if the code is right, `npm run openapi` renews docs/openapi.json';
const PROBLEM = 'application/problem+json';
/** Of pages and streams; what is in them is the matter of their own tests. */
const LET_THROUGH =
  /^(text\/(html|css|javascript|event-stream)|application\/javascript$|image\/|font\/)/;

const document = JSON.parse(readFileSync(FILE, 'utf8')) as Document;
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, 'openapi');

const pointer = (...parts: readonly string[]): string =>
  parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Compiled when it is first needed, then kept. */
function schemaAt(...parts: readonly string[]): ValidateFunction {
  const found = ajv.getSchema(`openapi#${encodeURI(pointer(...parts))}`);
  if (found === undefined) throw new Error(`docs/openapi.json has nothing at ${pointer(...parts)}`);
  return found;
}

/** Fixed paths before those with a parameter in the same place. A longer name than the router reads is none. */
const TEMPLATES = Object.keys(document.paths)
  .toSorted((a, b) => a.split('{').length - b.split('{').length)
  .map((path) => ({ path, form: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]{1,100}')}$`) }));

function operationOf(method: string, path: string): readonly [string, string] | null {
  const name = method === 'HEAD' ? 'get' : method.toLowerCase();
  for (const template of TEMPLATES) {
    const isIt = template.form.test(path) && document.paths[template.path]?.[name] !== undefined;
    if (isIt) return [template.path, name];
  }
  return null;
}

/** Throws an error that names everything about the answer that the document does not say. */
export function expectDocumented(answer: Answered): void {
  const complaints = complaintsAbout(answer);
  if (complaints.length === 0) return;
  const what = `${answer.method} ${answer.path} answered ${answer.status}`;
  throw new Error(`${what}, which is not as documented: ${complaints.join('; ')} (${RENEW})`);
}

export function complaintsAbout(answer: Answered): readonly string[] {
  // As every client writes it: `/v1/migrations/..` is `/v1/`.
  const path = new URL(answer.path, 'http://service').pathname;
  const type = mediaTypeOf(answer);
  if (LET_THROUGH.test(type) || path === '/openapi.json') return [];
  const operation = operationOf(answer.method, path);
  if (operation === null) return unknownRoute(answer, type);
  const place = ['paths', ...operation, 'responses', String(answer.status)];
  const response =
    document.paths[operation[0]]?.[operation[1]]?.responses[String(answer.status)] ?? null;
  if (response === null) return [`it has no answer ${answer.status}`];
  return [...headersOf(answer, response, place), ...bodyOf(answer, response, place)];
}

const mediaTypeOf = ({ headers }: Answered): string =>
  (typeof headers['content-type'] === 'string' ? headers['content-type'] : '')
    .split(';', 1)
    .join('')
    .trim();

/** What nobody answers is a problem all the same. */
function unknownRoute(answer: Answered, type: string): readonly string[] {
  if (type !== PROBLEM || answer.status < 400) return ['there is no such operation'];
  return faultsOf(schemaAt('components', 'schemas', 'ProblemView'), answer);
}

function headersOf(answer: Answered, response: Response, place: readonly string[]): string[] {
  return Object.entries(response.headers ?? {}).flatMap(([name, header]) => {
    const shared = header.$ref?.replace('#/components/headers/', '');
    const { required, schema } = document.components.headers[shared ?? ''] ?? header;
    const value = answer.headers[name.toLowerCase()];
    if (value === undefined) return required === true ? [`the header ${name} is missing`] : [];
    if (schema === undefined) return [];
    const where = shared === undefined ? [...place, 'headers', name] : shareOf(shared);
    const isRight = schemaAt(...where, 'schema');
    return isRight(schema.type === 'integer' ? Number(value) : value)
      ? []
      : [`the header ${name} is ${typeof value === 'string' ? value : 'no text'}`];
  });
}

const shareOf = (name: string): readonly string[] => ['components', 'headers', name];

function bodyOf(answer: Answered, response: Response, place: readonly string[]): readonly string[] {
  const type = mediaTypeOf(answer);
  const contents = response.content ?? {};
  if (answer.text === '') {
    const isBare = Object.keys(contents).length === 0 || answer.method === 'HEAD';
    return isBare ? [] : ['it has no body'];
  }
  if (!Object.hasOwn(contents, type)) return [`its media type is ${type}`];
  if (!type.endsWith('json')) return [];
  return faultsOf(schemaAt(...place, 'content', type, 'schema'), answer);
}

function faultsOf(isRight: ValidateFunction, { text }: Answered): readonly string[] {
  if (isRight(JSON.parse(text))) return [];
  return (isRight.errors ?? []).map(({ instancePath, message = '', params }) => {
    const more: unknown = 'additionalProperty' in params ? params['additionalProperty'] : '';
    return `${instancePath === '' ? 'the body' : instancePath} ${message} ${String(more)}`.trim();
  });
}

/** Calls a service as nobody, and looks at every answer; with `set` it calls as somebody. */
export function callerOf(url: string): ReturnType<typeof supertest.agent> {
  const caller = supertest.agent(url);
  // What is used for an agent is used for each of its requests.
  caller.use((request: unknown) => {
    if (!(request instanceof supertest.Test)) return;
    request.expect((answer) =>
      expectDocumented({
        ...{ method: request.method, path: new URL(request.url).pathname },
        ...{ status: answer.status, headers: answer.headers },
        text: answer.text ?? '',
      }),
    );
  });
  return caller;
}
