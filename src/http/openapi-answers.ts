// What every answer of an operation has in common, written once: the headers that it always or sometimes carries.
import type { ProblemCode } from '../domain/errors.js';
import { LIMIT_HEADERS } from './api-headers.js';
import { problemsShown } from './api-problems.js';
import type { Schema } from './openapi-schemas.js';

export interface Header {
  description?: string;
  required?: boolean;
  schema?: Schema;
}

export interface MediaType {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { summary?: string; value?: unknown }>;
}

export interface Answer {
  description?: string;
  headers?: Record<string, Header | { $ref: string }>;
  content?: Record<string, MediaType>;
}

export interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  security?: object[];
  parameters?: { in?: string }[];
  requestBody?: object;
  responses: Record<string, Answer | undefined>;
}

const REQUEST_ID: Header = {
  description: "The request's id: the caller's own, or the one that was made for it",
  required: true,
  schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$', maxLength: 128 },
};

const CHALLENGE: Header = {
  description: 'How to say who calls',
  required: true,
  schema: { type: 'string', enum: ['Bearer'] },
};

const limitHeader = (name: 'RateLimit' | 'RateLimit-Policy', required: boolean): Header => ({
  description: LIMIT_HEADERS[name].description,
  required,
  schema: {
    ...LIMIT_HEADERS[name].schema,
    pattern: '^"default";[rq]=[0-9]+;[tw]=[0-9]+$',
    maxLength: 64,
  },
});

/** Answers point at these instead of repeating them. */
export const COMMON_HEADERS: Readonly<Record<string, Header>> = {
  'X-Request-Id': REQUEST_ID,
  'WWW-Authenticate': CHALLENGE,
  RateLimit: limitHeader('RateLimit', true),
  'RateLimit-Policy': limitHeader('RateLimit-Policy', true),
  'RateLimit-Maybe': limitHeader('RateLimit', false),
  'RateLimit-Policy-Maybe': limitHeader('RateLimit-Policy', false),
};

const pointTo = (name: string): { $ref: string } => ({ $ref: `#/components/headers/${name}` });

/**
 * Whoever has a valid key learns with every answer what it has left. Not so where the key was not looked at
 * (400 for a path that cannot be read), where a stranger has tried too often (429), or where it is unknown (5xx).
 */
export function addHeaders(operation: Operation): void {
  const needsKey = (operation.security ?? []).length > 0;
  for (const [status, answer] of Object.entries(operation.responses)) {
    if (answer === undefined) continue;
    const isUnsure = status === '400' || status === '429' || status.startsWith('5');
    const headers: Record<string, Header | { $ref: string }> = { ...answer.headers };
    for (const name of ['RateLimit', 'RateLimit-Policy']) delete headers[name];
    answer.headers = {
      'X-Request-Id': pointTo('X-Request-Id'),
      ...(status === '401' && { 'WWW-Authenticate': pointTo('WWW-Authenticate') }),
      ...(needsKey && status !== '401' && limits(isUnsure)),
      ...headers,
    };
  }
}

const limits = (isUnsure: boolean): Record<string, { $ref: string }> => ({
  RateLimit: pointTo(isUnsure ? 'RateLimit-Maybe' : 'RateLimit'),
  'RateLimit-Policy': pointTo(isUnsure ? 'RateLimit-Policy-Maybe' : 'RateLimit-Policy'),
});

const MALFORMED: ProblemCode = 'malformed_request';

/** Whatever stands in a path may be wrongly encoded: no route is then asked. */
export function addMalformed({ parameters = [], responses }: Operation): void {
  if (!parameters.some((parameter) => parameter.in === 'path')) return;
  const shown = problemsShown([MALFORMED]);
  const { description, content = {} } = responses['400'] ?? {};
  const [type = '', mine] = Object.entries(shown.content)[0] ?? [];
  const examples = { ...content[type]?.examples, ...mine?.examples };
  responses['400'] = {
    description:
      description === undefined ? shown.description : `${description}. ${shown.description}`,
    content: { [type]: { ...mine, examples } },
  };
}
