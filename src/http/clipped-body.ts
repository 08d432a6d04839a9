// What of a body is searched for mistakes: however wide it is, enough to find one if there is one, in little time.
import type { JsonMember, JsonNode } from '../domain/json-text.js';

/**
 * Members or items of one value that are looked at. No object or list of the contract that is
 * searched this way may have nearly as many, so what is clipped is refused already, and with more
 * mistakes than an answer lists.
 */
const WIDEST = 2_000;

/** Of the body itself all known properties stay (the last of each), so that none is taken for missing. */
export function clipped(body: JsonNode, known: ReadonlySet<string>): JsonNode {
  // Nearly every body is narrow enough as it is: then nothing is copied.
  if (isNarrow(body)) return body;
  if (body.kind !== 'object' || body.members.length <= WIDEST) return narrow(body);
  const rest = body.members.slice(WIDEST).filter(({ key }) => known.has(key));
  const last = new Map(rest.map((member) => [member.key, member]));
  return {
    ...body,
    members: [...body.members.slice(0, WIDEST), ...last.values()].map(narrowMember),
  };
}

function narrow(node: JsonNode): JsonNode {
  switch (node.kind) {
    case 'object':
      return { ...node, members: node.members.slice(0, WIDEST).map(narrowMember) };
    case 'array':
      return { ...node, items: node.items.slice(0, WIDEST).map(narrow) };
    default:
      return node;
  }
}

function isNarrow(node: JsonNode): boolean {
  switch (node.kind) {
    case 'object':
      return node.members.length <= WIDEST && node.members.every(({ value }) => isNarrow(value));
    case 'array':
      return node.items.length <= WIDEST && node.items.every(isNarrow);
    default:
      return true;
  }
}

const narrowMember = (member: JsonMember): JsonMember => ({
  ...member,
  value: narrow(member.value),
});
