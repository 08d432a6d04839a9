// Makes the plain value of a JSON tree, as JSON.parse would, and lets no key reach a prototype.
import type { JsonNode } from '../../src/domain/json-text.js';

/** What JSON.parse gives: the last of repeated keys wins, and `__proto__` is a property like any other. */
export function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object': {
      const object: Record<string, unknown> = {};
      for (const { key, value } of node.members) put(object, key, plain(value));
      return object;
    }
    case 'array':
      return node.items.map(plain);
    case 'number':
      return Number(node.raw);
    case 'null':
      return null;
    default:
      return node.value;
  }
}

function put(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') {
    object[key] = value;
    return;
  }
  // Assigned, it would set the prototype.
  const own = { value, writable: true, enumerable: true, configurable: true };
  Object.defineProperty(object, key, own);
}
