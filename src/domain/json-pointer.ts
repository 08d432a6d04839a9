// Names places in a JSON tree by RFC 6901 pointers: where a pointer stands in the text, and which
// properties are written more than once.
import type { JsonMember, JsonNode, JsonObject } from './json-text.js';

/** `~` is `~0` and `/` is `~1` inside of a segment. */
export function escapePointer(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** `pointerTo('a/b', 0)` is `/a~1b/0`; no segment is the whole document: ''. */
export function pointerTo(...segments: readonly (string | number)[]): string {
  return segments.map((segment) => `/${escapePointer(String(segment))}`).join('');
}

export type PositionLookup = (pointer: string) => number;

/** Offsets into the text by pointer: where what `nodesOf` finds begins. */
export function positionsOf(root: JsonNode): PositionLookup {
  const nodeOf = nodesOf(root);
  return (pointer) => nodeOf(pointer).start;
}

/**
 * Values by pointer: the value, or its nearest existing parent where there is none. Of a repeated key
 * the last counts, as for JSON.parse. A look-up costs the length of the pointer: an object's members
 * are indexed when it is first walked through.
 */
export function nodesOf(root: JsonNode): (pointer: string) => JsonNode {
  const indexes = new Map<JsonObject, Map<string, JsonNode>>();

  const member = (object: JsonObject, key: string): JsonNode | undefined => {
    let index = indexes.get(object);
    if (index === undefined) {
      index = new Map(object.members.map((each) => [each.key, each.value]));
      indexes.set(object, index);
    }
    return index.get(key);
  };

  const child = (node: JsonNode, segment: string): JsonNode | undefined => {
    if (node.kind === 'object') {
      return member(node, segment.replaceAll('~1', '/').replaceAll('~0', '~'));
    }
    const isIndex = node.kind === 'array' && /^(?:0|[1-9][0-9]{0,15})$/.test(segment);
    return isIndex ? node.items[Number(segment)] : undefined;
  };

  return (pointer) => {
    let node = root;
    for (const segment of pointer.split('/').slice(1)) {
      const next = child(node, segment);
      if (next === undefined) break;
      node = next;
    }
    return node;
  };
}

/** For one look-up; for more, keep what `positionsOf` gives. */
export function positionOf(root: JsonNode, pointer: string): number {
  return positionsOf(root)(pointer);
}

export interface DuplicateKey {
  readonly pointer: string;
  /** Decoded, so `"\u0061"` repeats `"a"`. */
  readonly key: string;
  /** How often it is written, at least 2. */
  readonly count: number;
  /** Are all its values the same, members in the same order and numbers written alike? */
  readonly valuesEqual: boolean;
  /** Offset of the key where it is written for the second time. */
  readonly at: number;
}

/** Every property of the tree that is written more than once, in the order of the repetitions in the text. */
export function duplicateKeys(root: JsonNode): readonly DuplicateKey[] {
  const found: DuplicateKey[] = [];

  const visit = (node: JsonNode, pointer: string): void => {
    if (node.kind === 'array') {
      node.items.forEach((item, index) => {
        if (isBranch(item)) visit(item, `${pointer}/${index}`);
      });
    } else if (node.kind === 'object') {
      // One by one: a call with a hostile number of arguments would overflow the stack.
      for (const duplicate of duplicatesIn(node, pointer)) found.push(duplicate);
      for (const { key, value } of node.members) {
        if (isBranch(value)) visit(value, `${pointer}/${escapePointer(key)}`);
      }
    }
  };

  visit(root, '');
  return found.sort((a, b) => a.at - b.at);
}

function isBranch(node: JsonNode): boolean {
  return node.kind === 'object' || node.kind === 'array';
}

interface Repetition {
  readonly second: JsonMember;
  count: number;
  valuesEqual: boolean;
}

function duplicatesIn(object: JsonObject, parent: string): DuplicateKey[] {
  const { members } = object;
  if (members.length < 2) return [];
  const firstByKey = new Map<string, JsonMember>();
  const repeated = new Map<string, Repetition>();
  for (const member of members) {
    const first = firstByKey.get(member.key);
    if (first === undefined) firstByKey.set(member.key, member);
    else countOne(repeated, first, member);
  }
  return [...repeated].map(([key, { second, count, valuesEqual }]) => {
    const pointer = `${parent}/${escapePointer(key)}`;
    return { pointer, key, count, valuesEqual, at: second.start };
  });
}

/** Counted as they come: a list of a million repetitions would cost more than reading them. */
function countOne(repeated: Map<string, Repetition>, first: JsonMember, next: JsonMember): void {
  const known = repeated.get(next.key);
  if (known === undefined) {
    const valuesEqual = isSame(first.value, next.value);
    repeated.set(next.key, { second: next, count: 2, valuesEqual });
  } else {
    known.count++;
    known.valuesEqual &&= isSame(first.value, next.value);
  }
}

function isSame(a: JsonNode, b: JsonNode): boolean {
  if (a.kind === 'object' && b.kind === 'object') {
    const { members } = b;
    const isSameMember = ({ key, value }: JsonMember, index: number): boolean => {
      const other = members[index];
      return other !== undefined && key === other.key && isSame(value, other.value);
    };
    return a.members.length === members.length && a.members.every(isSameMember);
  }
  if (a.kind === 'array' && b.kind === 'array') {
    const { items } = b;
    const isSameItem = (item: JsonNode, index: number): boolean => {
      const other = items[index];
      return other !== undefined && isSame(item, other);
    };
    return a.items.length === items.length && a.items.every(isSameItem);
  }
  if (a.kind === 'number' && b.kind === 'number') return a.raw === b.raw;
  if (a.kind === 'string' && b.kind === 'string') return a.value === b.value;
  if (a.kind === 'boolean' && b.kind === 'boolean') return a.value === b.value;
  return a.kind === 'null' && b.kind === 'null';
}
