// What the OpenAPI document says before its first route: how to call, what to expect, and every code there is.
import { LIMIT_DEFAULT, LIMIT_MAX } from './list.dto.js';
import {
  batchDiagram,
  folded,
  migrationDiagram,
  problemTable,
  reasonTable,
  upstreamTable,
  violationTable,
} from './openapi-registry.js';

export const introduction = (): string =>
  [
    `Moves databases between ApsaraDB RDS instances by the upstream's \`ImportDatabaseBetweenInstances\`:
nothing lost, nothing twice. Store a credential, send migrations or a batch of them, and follow what was
accepted at its \`Location\`.`,
    TRY,
    AUTHENTICATION,
    IDEMPOTENCY,
    LISTS,
    FORMS,
    ERRORS,
    folded('Every code of a problem', problemTable()),
    folded('Every code of <code>errors[]</code>, one for each broken rule', violationTable()),
    folded('Every reason of a migration, with its remedy', reasonTable()),
    folded('Codes of upstream that have a remedy of their own', upstreamTable()),
    `**A migration's life.** What is not listed does not happen.`,
    folded('Every transition of a migration', migrationDiagram()),
    folded('Every transition of a batch', batchDiagram()),
  ].join('\n\n');

const TRY = `**To try it** with the simulator (\`npm run demo -- --keep\`): authorize with the key that it prints and
run \`POST /v1/credentials\` with its first example, then any other operation. On this page the ids of the
examples stand for what you made last: they are replaced as a request is sent, and the request shown is the
one that was sent.`;

const AUTHENTICATION = `**Authentication.** \`Authorization: Bearer <API key>\`. A key has scopes, which each operation names in
\`x-required-scope\`; \`admin\` includes all others. Without a valid key the answer is 401, without the scope 403;
what belongs to another tenant is 404, as if it were not there. \`RateLimit\` says with every answer what the key
has left; 429 and 503 say in \`Retry-After\` when to come back.`;

const IDEMPOTENCY = `**Idempotency.** Send an \`Idempotency-Key\` with every POST that makes something: for 24 hours the same key and
body get the first answer again with \`Idempotent-Replayed: true\`, and nothing is made twice. The same key with
another body is 422 \`idempotency_key_reused\`.`;

const LISTS = `**Lists.** Newest first, ${LIMIT_DEFAULT} a page, up to ${LIMIT_MAX} with \`limit\`. \`nextCursor\` of an answer is the \`cursor\` of the next
request and null on the last page. What is added meanwhile moves nothing. Single resources have an \`ETag\`; with
\`If-None-Match\` an unchanged one is 304 without a body.`;

const FORMS = `**Forms.** Times are RFC 3339 UTC with milliseconds; durations are in the unit that their name ends with. Every
answer has an \`X-Request-Id\`: the caller's (1 to 128 characters of \`A-Za-z0-9._-\`) or a new one. An unknown
property is an error, never ignored.`;

const ERRORS = `**Errors** are RFC 9457 \`application/problem+json\`. \`code\` is stable, \`detail\` is for people. \`errors[]\` names each
broken rule by an RFC 6901 pointer into the body, all of them at once.`;
