// A query string checked against its DTO; an unknown parameter is an error, never ignored.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../domain/errors.js';
import { checkFields, type DtoClass } from './check.js';

/** The query as the DTO describes it. Throws Problem validation_failed; pointers are `/` and the parameter's name. */
export const QueryAs = createParamDecorator(
  (type: DtoClass<object>, context: ExecutionContext): object => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    return checkQuery(type, request.query as Readonly<Record<string, unknown>>);
  },
);

export function checkQuery<T extends object>(
  type: DtoClass<T>,
  query: Readonly<Record<string, unknown>>,
): T {
  const { fields, violations } = checkFields(type, Object.entries(query));
  if (violations.length > 0) {
    throw new Problem('validation_failed', 'The query breaks one or more rules.', { violations });
  }
  // With no violation every field keeps its rules: nothing is missing.
  return fields as T;
}
