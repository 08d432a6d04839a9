// Serves the OpenAPI 3.1 document at /openapi.json, made on the first request for it, and Swagger UI at /docs.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { PROBLEMS, VIOLATIONS, type ProblemCode } from '../domain/errors.js';
import { REQUEST_ID_PARAMETER } from './api-parameters.js';
import { CSV_EXAMPLES } from './batch-examples.js';
import { serveDocsPage } from './docs-page.js';
import { CSV } from './json-body.js';
import { statusOf } from './statuses.js';

const INTRODUCTION = `
Moves databases between ApsaraDB RDS instances by the upstream's \`ImportDatabaseBetweenInstances\`:
nothing lost, nothing twice.

Times are RFC 3339 UTC with milliseconds; durations are in the unit that their name ends with.
Every answer has an \`X-Request-Id\`: the caller's (1 to 128 characters of \`A-Za-z0-9._-\`) or a new one.

To try it with the simulator: authorize with the key in \`BOOTSTRAP_ADMIN_KEY\`, store a credential
with the AccessKey of the simulator's world, put its id into one of the examples of
\`POST /v1/migrations\` or \`POST /v1/batches\`, and follow what was accepted at its \`Location\`.
`;

const row = (code: string, title: string): string => `| \`${code}\` | ${title} |`;

const ERRORS = `
Errors are RFC 9457 \`application/problem+json\`. \`code\` is stable, \`detail\` is for people.

| status | code | meaning |
| --- | --- | --- |
${Object.entries(PROBLEMS)
  .map(([code, { title }]) => `| ${statusOf(code as ProblemCode)} ${row(code, title)}`)
  .join('\n')}

Codes of \`errors[]\`, of which each names one broken rule by an RFC 6901 pointer into the body:

| code | meaning |
| --- | --- |
${Object.entries(VIOLATIONS)
  .map(([code, title]) => row(code, title))
  .join('\n')}
`;

export function serveDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => documentOf(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    ui: false,
  });
  const server: FastifyInstance = app.getHttpAdapter().getInstance();
  serveDocsPage(server);
}

export function documentOf(app: NestFastifyApplication): OpenAPIObject {
  const head = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('RDS import')
    .setDescription(`${INTRODUCTION}${ERRORS}`)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'API key' })
    .build();
  const document = SwaggerModule.createDocument(app, head, {
    operationIdFactory: (controller, method) =>
      `${controller.replace(/Controller$/, '').toLowerCase()}.${method}`,
  });
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    if ('properties' in schema) nameTimes(schema.properties ?? {});
    // What a request may hold is all that it may hold.
    if (name.endsWith('Dto')) Object.assign(schema, { additionalProperties: false });
  }
  takeCsv(document);
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.post, path.patch, path.put, path.delete]) {
      operation?.parameters?.push(REQUEST_ID_PARAMETER);
    }
  }
  return document;
}

/** The decorators know one schema for all media types of a body. */
function takeCsv({ paths }: OpenAPIObject): void {
  for (const path of ['/v1/batches', '/v1/batches/plan']) {
    const { requestBody: body, parameters = [] } = paths[path]?.post ?? { responses: {} };
    if (body === undefined || !('content' in body)) continue;
    body.content[CSV] = { schema: { type: 'string' }, examples: CSV_EXAMPLES };
    for (const parameter of parameters) {
      if (!('in' in parameter) || parameter.in !== 'query') continue;
      parameter.description = `Only with \`text/csv\`. ${parameter.description ?? ''}`;
    }
  }
}

/** Names tell instants: said once here and not at every field. */
function nameTimes(properties: Record<string, object>): void {
  for (const [name, property] of Object.entries(properties)) {
    if (/^at$|^notBefore$|At$/.test(name) && !('$ref' in property)) {
      Object.assign(property, { format: 'date-time', example: '2026-12-01T14:00:00.000Z' });
    }
  }
}
