// Puts violations into the order in which a reader of the body meets them.
import type { Violation } from '../domain/errors.js';
import { nodesOf } from '../domain/json-pointer.js';
import type { JsonNode } from '../domain/json-text.js';

export type Order = (violations: readonly Violation[]) => readonly Violation[];

/**
 * By the place of the value in the text. What is missing from an object is met when all that is
 * there has been read. Violations of one place keep the order they were given in.
 */
export function orderOf(body: JsonNode): Order {
  const nodeOf = nodesOf(body);
  const placeOf = ({ code, pointer }: Violation): number =>
    code === 'required' ? nodeOf(parentOf(pointer)).end : nodeOf(pointer).start;
  return (violations) =>
    violations
      .map((violation) => ({ violation, at: placeOf(violation) }))
      .sort((a, b) => a.at - b.at)
      .map(({ violation }) => violation);
}

const parentOf = (pointer: string): string => pointer.slice(0, pointer.lastIndexOf('/'));
