// From a checked body to the API key that is wanted: its lists are read from the tree.
import { SCOPES, type Scope } from '../domain/access.js';
import { INSTANCE_PATTERN, MAX_INSTANCE_PATTERNS } from '../domain/api-key.js';
import { invalidRequest, type Violation } from '../domain/errors.js';
import { pointerTo } from '../domain/json-pointer.js';
import type { JsonNode } from '../domain/json-text.js';
import type { KeyRequest } from '../use-cases/manage-api-keys.js';
import { PATTERN_RULE, PATTERNS_RULE, SCOPES_RULE, type CreateApiKeyDto } from './api-key.dto.js';
import type { CheckedBody } from './checked-body.js';
import { instantOf, member } from './migration-draft.js';

interface ListReading<T> {
  readonly list: readonly T[];
  readonly violations: readonly Violation[];
}

/** Throws Problem validation_failed with every broken rule, in body order. */
export function keyRequestOf(body: CheckedBody<CreateApiKeyDto>): Omit<KeyRequest, 'idempotency'> {
  const { fields, node, order } = body;
  const scopes = scopesIn(member(node, 'scopes'));
  const patterns = patternsIn(member(node, 'instancePatterns'));
  const violations = [...body.violations, ...scopes.violations, ...patterns.violations];
  if (violations.length > 0) throw invalidRequest(order(violations));
  // No rule is broken, so nothing is missing.
  const { name, tenant, expiresAt, instancePatterns } = fields as CreateApiKeyDto;
  return {
    ...{ name, tenant, scopes: scopes.list, expiresAt: instantOf(expiresAt, null) },
    instancePatterns: instancePatterns === undefined ? null : patterns.list,
  };
}

/** In the order of the contract, whatever the order they came in. What is no list has been refused already. */
function scopesIn(node: JsonNode | undefined): ListReading<Scope> {
  if (node?.kind !== 'array') return NOTHING;
  const named = new Set(
    node.items
      .slice(0, SCOPES.length + 1)
      .map((item) => (item.kind === 'string' ? item.value : '')),
  );
  const list = SCOPES.filter((scope) => named.has(scope));
  const isRight = list.length > 0 && list.length === node.items.length;
  return isRight ? { list, violations: [] } : refused(pointerTo('scopes'), SCOPES_RULE);
}

function patternsIn(node: JsonNode | undefined): ListReading<string> {
  if (node?.kind !== 'array') return NOTHING;
  const { items } = node;
  const pointer = 'instancePatterns';
  if (items.length === 0 || items.length > MAX_INSTANCE_PATTERNS) {
    return refused(pointerTo(pointer), PATTERNS_RULE);
  }
  const texts = items.map((item) => (item.kind === 'string' ? item.value : ''));
  const violations = texts.flatMap((text, index): readonly Violation[] =>
    INSTANCE_PATTERN.test(text)
      ? []
      : [{ pointer: pointerTo(pointer, index), code: 'wrong_type', message: PATTERN_RULE }],
  );
  return { list: [...new Set(texts.map((text) => text.toLowerCase()))], violations };
}

const NOTHING = { list: [], violations: [] };

const refused = (pointer: string, message: string): ListReading<never> => ({
  list: [],
  violations: [{ pointer, code: 'wrong_type', message }],
});
