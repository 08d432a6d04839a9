// A sample for every answer that brings none: made from its schema, so that it cannot drift from it.
import type { Answer, Operation } from './openapi-answers.js';
import { typesOf, type Schema } from './openapi-schemas.js';

export type Schemas = Readonly<Record<string, Schema>>;

const TIME = '2026-12-01T14:00:00.000Z';

/** What the fields alone cannot say: values of one view that make sense together. */
const TOGETHER: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  MigrationView: {
    ...{ batchId: null, status: 'importing', reason: null, preflightReport: null },
    ...{ blockedBy: [], waitingFor: [], notBefore: null, cancelAskedAt: null, finishedAt: null },
    ...{ estimate: null, parked: null, priority: 0, engine: 'MySQL', preflight: 'enforce' },
    databases: [
      { source: 'mydb', target: 'mydb' },
      { source: 'mydb2', target: 'mydb2' },
    ],
    history: [
      { at: TIME, from: null, to: 'queued', code: null, message: null },
      { at: TIME, from: 'queued', to: 'checking', code: null, message: null },
      { at: TIME, from: 'checking', to: 'submitting', code: null, message: null },
      { at: TIME, from: 'submitting', to: 'importing', code: null, message: null },
    ],
  },
  BatchView: { finishedAt: null, estimate: null, onFailure: 'halt' },
  BatchCountsView: {
    ...{ total: 4, scheduled: 0, queued: 2, checking: 0, submitting: 0, importing: 1 },
    ...{ canceling: 0, succeeded: 1, failed: 0, canceled: 0, outcomeUnknown: 0 },
  },
  CredentialView: { roleArn: null, lastVerifiedAt: null },
  CredentialHealthView: { status: 'ok', since: null, code: null },
  ApiKeyView: { revokedAt: null, lastUsedAt: null },
  CreatedApiKeyView: { revokedAt: null, lastUsedAt: null },
  PlanView: {
    ...{ total: 3, instances: 4, lowerBoundSteps: 2, plannedSteps: 2, preflight: null },
    ...{ times: null, finishAt: null, earliestFinishAt: null },
  },
  BusyInstanceView: { migrations: 2 },
  CheckView: { id: 'source_running', status: 'pass', subject: 'source' },
  AuditEntryView: { phase: 'ended' },
  AuditOutcomeView: { status: 202, code: null },
  ReadyView: { ready: true },
};

export function addSamples({ responses }: Operation, schemas: Schemas): void {
  for (const answer of Object.values(responses)) {
    if (answer !== undefined) addSample(answer, schemas);
  }
}

function addSample({ content = {} }: Answer, schemas: Schemas): void {
  for (const [type, media] of Object.entries(content)) {
    if (media.example !== undefined || media.examples !== undefined) continue;
    if (media.schema === undefined || !/json/.test(type)) continue;
    media.examples = { sample: { value: sampleOf(media.schema, schemas) } };
  }
}

/** Null where a value may be null and nothing better is known. */
export function sampleOf(schema: Schema, schemas: Schemas): unknown {
  if (schema.$ref !== undefined) return sampleOfNamed(schema.$ref, schemas);
  const stated = schema.example ?? schema.const ?? schema.default;
  if (stated !== undefined) return stated;
  if (schema.enum !== undefined) return schema.enum[0];
  const [part] = schema.allOf ?? schema.oneOf ?? schema.anyOf ?? [];
  if (part !== undefined) return sampleOf(part, schemas);
  const [type] = typesOf(schema);
  switch (type) {
    case 'array':
      return schema.items === undefined ? [] : [sampleOf(schema.items, schemas)];
    case 'object':
      return objectOf(schema, schemas);
    case 'integer':
    case 'number':
      return schema.minimum ?? 0;
    case 'boolean':
      return true;
    case 'string':
      return schema.format === 'date-time' ? TIME : 'text';
    default:
      return null;
  }
}

const objectOf = (schema: Schema, schemas: Schemas): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, inner]) => [
      ...([name, sampleOf(inner, schemas)] as const),
    ]),
  );

function sampleOfNamed(pointer: string, schemas: Schemas): unknown {
  const name = pointer.replace('#/components/schemas/', '');
  const schema = schemas[name];
  if (schema === undefined)
    throw new Error(`The document points at ${pointer}, which is not there`);
  const sample = sampleOf(schema, schemas);
  const together = TOGETHER[name];
  return together === undefined ? sample : Object.assign(sample ?? {}, together);
}
