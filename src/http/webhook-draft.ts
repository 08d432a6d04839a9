// From checked bodies to webhooks that are wanted: the list of types is read from the tree.
import { invalidRequest, VIOLATIONS, type Violation } from '../domain/errors.js';
import { pointerTo } from '../domain/json-pointer.js';
import type { JsonNode } from '../domain/json-text.js';
import { readUrl } from '../domain/webhook-url.js';
import {
  DEFAULT_TYPES,
  isWebhookType,
  WEBHOOK_TYPES,
  type WebhookType,
} from '../domain/webhook.js';
import type { NewWebhook, WebhookPatch } from '../use-cases/manage-webhooks.js';
import type { CheckedBody } from './checked-body.js';
import { member } from './migration-draft.js';
import { TYPES_RULE, type CreateWebhookDto, type PatchWebhookDto } from './webhook.dto.js';

interface TypesReading {
  readonly types: readonly WebhookType[];
  readonly violations: readonly Violation[];
}

/** Throws Problem validation_failed with every broken rule, in body order. */
export function newWebhookOf(
  body: CheckedBody<CreateWebhookDto>,
): Pick<NewWebhook, 'url' | 'types' | 'description'> {
  const { types } = typesOf(body);
  // No rule is broken, so nothing is missing.
  const { url, description } = body.fields as CreateWebhookDto;
  return { url: hrefOf(url), types, description: description ?? null };
}

/** Throws Problem validation_failed with every broken rule, in body order. */
export function webhookPatchOf(
  body: CheckedBody<PatchWebhookDto>,
): Omit<WebhookPatch, 'tenant' | 'id'> {
  const { types } = typesOf(body);
  const { url, description, enabled } = body.fields;
  return {
    ...(url !== undefined && { url: hrefOf(url) }),
    ...(body.fields.types !== undefined && { types }),
    ...(description !== undefined && { description }),
    ...(enabled !== undefined && { enabled }),
  };
}

function typesOf(body: CheckedBody<CreateWebhookDto | PatchWebhookDto>): TypesReading {
  const reading = typesIn(member(body.node, 'types'));
  const violations = [...body.violations, ...reading.violations];
  if (violations.length > 0) throw invalidRequest(body.order(violations));
  return reading;
}

/** In the order of the contract, whatever the order they came in. What is no list has been refused already. */
function typesIn(node: JsonNode | undefined): TypesReading {
  if (node?.kind !== 'array') return { types: DEFAULT_TYPES, violations: [] };
  const { items } = node;
  const texts = items.map((item) => (item.kind === 'string' ? item.value : ''));
  const unknown = texts
    .flatMap((text, index) => (isWebhookType(text) ? [] : [index]))
    .slice(0, WEBHOOK_TYPES.length)
    .map((index) => broken('webhook_type_unknown', VIOLATIONS.webhook_type_unknown, index));
  if (unknown.length > 0) return { types: [], violations: unknown };
  const named = new Set(texts);
  if (items.length === 0 || named.size !== items.length) {
    return { types: [], violations: [broken('wrong_type', TYPES_RULE)] };
  }
  return { types: WEBHOOK_TYPES.filter((type) => named.has(type)), violations: [] };
}

const broken = (code: Violation['code'], message: string, index?: number): Violation => ({
  pointer: index === undefined ? pointerTo('types') : pointerTo('types', index),
  code,
  message,
});

/** As it is called: numbers that mean an address are written as that address. */
function hrefOf(text: string): string {
  const reading = readUrl(text);
  return reading.kind === 'url' ? reading.href : text;
}
