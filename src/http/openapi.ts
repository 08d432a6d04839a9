// Serves the OpenAPI 3.1 document at /openapi.json, made on the first request for it, and Swagger UI at /docs.
import type { INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { REQUEST_ID_PARAMETER } from './api-parameters.js';
import { CSV_EXAMPLES } from './batch-examples.js';
import { serveDocsPage } from './docs-page.js';
import { CSV } from './json-body.js';
import {
  addHeaders,
  addMalformed,
  COMMON_HEADERS,
  type Header,
  type Operation,
} from './openapi-answers.js';
import { introduction } from './openapi-introduction.js';
import { limit } from './openapi-limits.js';
import { addSamples } from './openapi-samples.js';
import { eachSchema, type Schema } from './openapi-schemas.js';
import { tagsFor } from './openapi-tags.js';
import { toldToWebhooks } from './openapi-webhooks.js';

export function serveDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => documentOf(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    ui: false,
  });
  const server: FastifyInstance = app.getHttpAdapter().getInstance();
  serveDocsPage(server);
}

/** The part of the document that is worked on here. */
interface Document {
  paths: Record<string, Readonly<Record<string, Operation>>>;
  components: { schemas: Record<string, Schema>; headers: Record<string, Header> };
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  example?: unknown;
  schema?: Schema;
}

export function documentOf(app: INestApplication): OpenAPIObject {
  const head = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('RDS import')
    .setDescription(introduction())
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'This installation, local or production: where the document comes from')
    .addBearerAuth({
      ...{ type: 'http', scheme: 'bearer', bearerFormat: 'API key' },
      description: 'An API key of this service, made by `POST /v1/api-keys`',
    })
    .build();
  const document = SwaggerModule.createDocument(app, head, {
    operationIdFactory: (controller, method) =>
      `${controller.replace(/Controller$/, '').toLowerCase()}.${method}`,
  });
  takeCsv(document);
  complete(document as unknown as Document);
  const operations = operationsOf(document as unknown as Document);
  document.info.contact = { name: 'Those who run this installation' };
  document.tags = tagsFor(new Set(operations.flatMap(({ tags = [] }) => tags)));
  Object.assign(document, { webhooks: toldToWebhooks() });
  for (const server of document.servers ?? []) Object.assign(server, { 'x-internal': true });
  return document;
}

const operationsOf = ({ paths }: Document): readonly Operation[] =>
  Object.values(paths).flatMap((path) => Object.values(path));

function complete(document: Document): void {
  const { components } = document;
  for (const [name, schema] of Object.entries(components.schemas)) {
    eachSchema(schema, [name, name], limit);
  }
  components.headers = structuredClone(COMMON_HEADERS);
  for (const operation of operationsOf(document)) {
    operation.security ??= [];
    completeParameters(operation);
    addMalformed(operation);
    addHeaders(operation);
    for (const answer of Object.values(operation.responses)) limitHeaders(answer?.headers ?? {});
    addSamples(operation, components.schemas);
  }
}

function limitHeaders(headers: Readonly<Record<string, Header | { $ref: string }>>): void {
  for (const [name, header] of Object.entries(headers)) {
    if ('schema' in header && header.schema !== undefined) {
      eachSchema(header.schema, [name, 'header'], limit);
    }
  }
}

/** Swagger UI fills in what an optional parameter has as its `example`; as one of `examples` it is only shown. */
function completeParameters(operation: Operation): void {
  const parameters = (operation.parameters ?? []) as Parameter[];
  parameters.push(structuredClone<Parameter>(REQUEST_ID_PARAMETER));
  for (const parameter of parameters) {
    const schema = (parameter.schema ??= {});
    const example = parameter.example ?? schema.example;
    delete parameter.example;
    delete schema.example;
    if (parameter.required === true) parameter.example = example;
    else if (example !== undefined) schema.examples = [example];
    eachSchema(schema, [parameter.name, 'parameter'], limit);
  }
  operation.parameters = parameters;
}

/** The decorators know one schema for all media types of a body. */
function takeCsv({ paths }: OpenAPIObject): void {
  for (const path of ['/v1/batches', '/v1/batches/plan']) {
    const { requestBody: body, parameters = [] } = paths[path]?.post ?? { responses: {} };
    if (body === undefined || !('content' in body)) continue;
    body.content[CSV] = {
      schema: { type: 'string', maxLength: 10_485_760 },
      examples: CSV_EXAMPLES,
    };
    for (const parameter of parameters) {
      if (!('in' in parameter) || parameter.in !== 'query') continue;
      // That of a plan speaks of JSON as well.
      if (path.endsWith('/plan') && parameter.name === 'preflight') continue;
      parameter.description = `Only with \`text/csv\`. ${parameter.description ?? ''}`;
      // Sent along with JSON it would be refused: nothing may fill it in unasked.
      if (parameter.schema !== undefined && 'default' in parameter.schema) {
        delete parameter.schema.default;
      }
    }
  }
}
