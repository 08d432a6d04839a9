// A body checked against its DTO: all that is wrong with it, in body order, before any use case is asked.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { invalidRequest, VIOLATIONS, type Violation } from '../domain/errors.js';
import { duplicateKeys, pointerTo } from '../domain/json-pointer.js';
import type { JsonNode } from '../domain/json-text.js';
import { orderOf, type Order } from './body-order.js';
import { checkFields, propertiesOf, type CheckedFields, type DtoClass } from './check.js';
import { clipped } from './clipped-body.js';
import { jsonBodyOf, type JsonBody } from './json-body.js';
import { MAX_VIOLATIONS } from './problem-view.dto.js';

export interface CheckedBody<T extends object> extends CheckedFields<T>, JsonBody {
  readonly order: Order;
}

/** `DBNames` and its members are the matter of `db-info.ts`, which says what a repeated one is. */
const DATABASE_NAMES = /^\/dbInfo\/DBNames(?:\/|$)/;

/** The body as the DTO describes it. Throws Problem malformed_json. */
export const BodyAs = createParamDecorator(
  (type: DtoClass<object>, context: ExecutionContext): CheckedBody<object> =>
    checkBody(type, jsonBodyOf(context.switchToHttp().getRequest<FastifyRequest>())),
);

/** As `BodyAs`, but an empty body is as good as `{}`. Throws Problem malformed_json. */
export const OptionalBodyAs = createParamDecorator(
  (type: DtoClass<object>, context: ExecutionContext): CheckedBody<object> => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    return checkBody(type, hasBody(request) ? jsonBodyOf(request) : NOTHING);
  },
);

const NOTHING: JsonBody = { node: { kind: 'object', members: [], start: 0, end: 0 }, text: '' };

const hasBody = ({ body }: FastifyRequest): boolean => Buffer.isBuffer(body) && body.length > 0;

/** For routes that need no body: an empty one or `{}`. Throws Problem: malformed_json, validation_failed. */
export const NoBody = createParamDecorator((_: unknown, context: ExecutionContext): null => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const violations = hasBody(request) ? membersOf(jsonBodyOf(request).node) : [];
  if (violations.length > 0) throw invalidRequest(violations);
  return null;
});

function membersOf(node: JsonNode): Violation[] {
  if (node.kind !== 'object') return [notAnObject('The body')];
  const code = 'unknown_property';
  return node.members.slice(0, MAX_VIOLATIONS + 1).map(({ key }) => ({
    pointer: pointerTo(key),
    ...{ code, message: VIOLATIONS[code] },
  }));
}

export function checkBody<T extends object>(type: DtoClass<T>, body: JsonBody): CheckedBody<T> {
  const node = clipped(body.node, propertiesOf(type));
  return { ...body, ...checkNode(type, node, 'The body'), order: orderOf(node) };
}

/** Pointers are those within the node. `what` it is begins a message. */
export function checkNode<T extends object>(
  type: DtoClass<T>,
  node: JsonNode,
  what: string,
): CheckedFields<T> {
  if (node.kind !== 'object') return { fields: {}, violations: [notAnObject(what)] };
  const { fields, violations } = checkFields(
    type,
    node.members.map(({ key, value }) => [key, shallow(value)] as const),
  );
  return { fields, violations: [...violations, ...duplicatesIn(node)] };
}

const notAnObject = (what: string): Violation => ({
  pointer: '',
  code: 'wrong_type',
  message: `${what} must be a JSON object`,
});

/**
 * Scalars as they are; of what is nested only whether it is an object or an array. Its own rules
 * read it from the tree: so no name that a caller chose ever becomes a property of ours.
 */
function shallow(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return {};
    case 'array':
      return [];
    case 'null':
      return null;
    case 'number':
      return Number(node.raw);
    default:
      return node.value;
  }
}

function duplicatesIn(node: JsonNode): Violation[] {
  const code = 'duplicate_property';
  return duplicateKeys(node)
    .filter(({ pointer }) => !DATABASE_NAMES.test(pointer))
    .slice(0, MAX_VIOLATIONS)
    .map(({ pointer }) => ({ pointer, code, message: VIOLATIONS[code] }));
}
