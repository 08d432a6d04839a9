// Puts the problems a route may answer with into the OpenAPI document, one response for each status.
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { PROBLEMS, type ProblemCode } from '../domain/errors.js';
import { ProblemView } from './problem-view.dto.js';
import { LIMIT_HEADERS } from './api-headers.js';
import { problemType, statusOf } from './statuses.js';

export function ApiProblems(...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator {
  const statuses = [...new Set(codes.map(statusOf))];
  return applyDecorators(
    ApiExtraModels(ProblemView),
    ...statuses.map((status) =>
      responseOf(
        status,
        codes.filter((code) => statusOf(code) === status),
      ),
    ),
  );
}

function responseOf(
  status: number,
  codes: readonly ProblemCode[],
): MethodDecorator & ClassDecorator {
  return ApiResponse({ status, ...headersOf(status), ...problemsShown(codes) });
}

interface ShownProblems {
  description: string;
  content: Record<string, { schema: { $ref: string }; examples: Record<string, object> }>;
}

/** A description and a sample of each, as an answer of the document has them. */
export const problemsShown = (codes: readonly ProblemCode[]): ShownProblems => ({
  description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('. '),
  content: {
    'application/problem+json': {
      schema: { $ref: getSchemaPath(ProblemView) },
      examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
    },
  },
});

const exampleOf = (code: ProblemCode): ProblemView => ({
  type: problemType(code),
  title: PROBLEMS[code].title,
  status: statusOf(code),
  detail: `${PROBLEMS[code].title}.`,
  code,
  requestId: 'req_0c9d2c0e-5b0f-4d0e-8a53-5f3a4f7d6f11',
  ...(code === 'duplicate_active' && { conflictsWith: '/v1/migrations/mig_06EXAMPLE' }),
  ...(code === 'validation_failed' && {
    errors: [
      { pointer: '/sourceInstanceId', code: 'required', message: 'The property is required' },
    ],
  }),
});

function headersOf(status: number): object {
  if (status !== 429 && status !== 503) return {};
  const schema = { type: 'integer', minimum: 1 };
  const retryAfter = { 'Retry-After': { description: 'Seconds to wait', schema } };
  return { headers: { ...retryAfter, ...(status === 429 && LIMIT_HEADERS) } };
}
