// Puts violations into the order in which a reader of the body meets them.
import type { Violation } from '../domain/errors.js';
import { positionsOf } from '../domain/json-pointer.js';
import type { JsonNode } from '../domain/json-text.js';

export type Order = (violations: readonly Violation[]) => readonly Violation[];

/**
 * By the place of the value in the text. What is missing from the body itself is met when all that
 * is there has been read. Violations of one place keep the order they were given in.
 */
export function orderOf(body: JsonNode): Order {
  const positionOf = positionsOf(body);
  const placeOf = ({ code, pointer }: Violation): number =>
    code === 'required' && isOfRoot(pointer) ? body.end : positionOf(pointer);
  return (violations) =>
    violations
      .map((violation) => ({ violation, at: placeOf(violation) }))
      .sort((a, b) => a.at - b.at)
      .map(({ violation }) => violation);
}

const isOfRoot = (pointer: string): boolean => pointer.lastIndexOf('/') === 0;
