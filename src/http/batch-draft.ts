// From the tree of a batch's body to what the use cases take: every broken rule of every item named, and nobody kept waiting.
import type { BatchRequest } from '../domain/batch.js';
import { checkBatchRules, type RuledItem } from '../domain/batch-rules.js';
import { VIOLATIONS, type Violation } from '../domain/errors.js';
import type { JsonNode } from '../domain/json-text.js';
import { sameness, type MigrationRequest } from '../domain/migration.js';
import { MAX_BATCH_ITEMS, MAX_DEPENDENCIES } from '../domain/policy.js';
import type { BatchItem } from '../use-cases/batch-request.js';
import type { MigrationDraft } from '../use-cases/accept-migrations.js';
import { BatchItemDto, ITEM_KEY } from './batch-item.dto.js';
import { readWindow } from './batch-window.js';
import { orderOf, type Order } from './body-order.js';
import { propertiesOf } from './check.js';
import { checkNode } from './checked-body.js';
import { clipped } from './clipped-body.js';
import { CreateBatchDto } from './create-batch.dto.js';
import { draftOf, instantOf, labelsIn, member, type Defaults } from './migration-draft.js';
import { MAX_VIOLATIONS } from './problem-view.dto.js';
import type { Slices } from './slices.js';

export interface BatchReading {
  readonly batch: BatchRequest;
  readonly items: readonly BatchItem[];
  /** Of each rule more than an answer lists, if there are so many, and no more. */
  readonly violations: readonly Violation[];
  readonly order: Order;
}

interface ItemReading extends RuledItem {
  readonly draft: MigrationDraft;
  readonly hasOwnCredential: boolean;
  /** Pointers into the item. */
  readonly violations: readonly Violation[];
}

/** One more than an answer lists: then it says that there are more. */
const MOST = MAX_VIOLATIONS + 1;

export async function readBatch(body: JsonNode, slices: Slices): Promise<BatchReading> {
  const { outer, nodes } = parted(body);
  const { batch, defaults, violations } = readOuter(outer, nodes.length);
  const looked = nodes.length > MAX_BATCH_ITEMS ? [] : nodes;
  const hasCredential = member(outer, 'credentialId') !== undefined;
  const kept: JsonNode[] = [];
  const read: ItemReading[] = [];
  const found: Violation[] = [];
  for (const [place, node] of looked.entries()) {
    const narrow = clipped(node, propertiesOf(BatchItemDto));
    const item = readItem(narrow, defaults, hasCredential);
    kept.push(narrow);
    // The first in body order: what is left out comes after all that an answer lists.
    if (found.length < MOST) found.push(...item.violations.map((each) => within(place, each)));
    read.push({ ...item, violations: [] });
    await slices.turn();
  }
  const rules = await slices.finish(checkBatchRules(read, MOST));
  const items = read.map(({ draft, key, hasOwnCredential }, place): BatchItem => {
    const dependsOn = rules.dependsOn[place] ?? [];
    return { draft, key, dependsOn, pointer: `/migrations/${place}`, hasOwnCredential };
  });
  return {
    ...{ batch, items, violations: [...violations, ...found, ...rules.violations] },
    order: orderOf(withItems(outer, kept)),
  };
}

/** What holds for all, with an empty list in place of the migrations; and these. */
function parted(body: JsonNode): { readonly outer: JsonNode; readonly nodes: readonly JsonNode[] } {
  const list = member(body, 'migrations');
  const outer = clipped(withItems(body, []), propertiesOf(CreateBatchDto));
  return { outer, nodes: list?.kind === 'array' ? list.items : [] };
}

function withItems(body: JsonNode, items: readonly JsonNode[]): JsonNode {
  if (body.kind !== 'object') return body;
  const members = body.members.map((each) =>
    each.key === 'migrations' && each.value.kind === 'array'
      ? { ...each, value: { ...each.value, items } }
      : each,
  );
  return { ...body, members };
}

function readOuter(
  outer: JsonNode,
  count: number,
): Pick<BatchReading, 'batch' | 'violations'> & { readonly defaults: Defaults } {
  const { fields, violations } = checkNode(CreateBatchDto, outer, 'The body');
  const { labels, violations: labelViolations } = labelsIn(outer);
  const { window, violations: windowViolations } = readWindow(outer);
  const { credentialId, regionId, preflight, priority, notBefore, migrations } = fields;
  return {
    batch: {
      ...{ name: fields.name ?? null, window, maxConcurrent: fields.maxConcurrent ?? null },
      onFailure: fields.onFailure ?? 'continue',
    },
    defaults: {
      ...(credentialId !== undefined && { credentialId }),
      ...(regionId !== undefined && { regionId }),
      ...(preflight !== undefined && { preflight }),
      ...(priority !== undefined && { priority }),
      ...{ notBefore: instantOf(notBefore, null), labels },
    },
    violations: [
      ...violations,
      ...labelViolations,
      ...windowViolations,
      ...(migrations === undefined ? [] : countViolations(count)),
    ],
  };
}

function countViolations(count: number): Violation[] {
  const pointer = '/migrations';
  if (count === 0) return [{ pointer, code: 'batch_empty', message: VIOLATIONS.batch_empty }];
  if (count <= MAX_BATCH_ITEMS) return [];
  const message = `There are ${count} migrations; at most ${MAX_BATCH_ITEMS} are allowed`;
  return [{ pointer, code: 'too_many_migrations', message }];
}

function readItem(node: JsonNode, defaults: Defaults, hasCredential: boolean): ItemReading {
  const { fields, violations } = checkNode(BatchItemDto, node, 'A migration');
  const { draft, violations: more } = draftOf({ fields, violations, node }, defaults);
  const dependsOn = readDependsOn(node);
  const isMissing =
    node.kind === 'object' && !hasCredential && member(node, 'credentialId') === undefined;
  return {
    draft,
    key: fields.key ?? null,
    dependsOn: dependsOn.keys,
    sameness: samenessOf(draft),
    allowDuplicate: draft.allowDuplicate ?? false,
    hasOwnCredential: fields.credentialId !== undefined,
    violations: [...more, ...dependsOn.violations, ...(isMissing ? [NO_CREDENTIAL] : [])],
  };
}

const NO_CREDENTIAL: Violation = {
  pointer: '/credentialId',
  code: 'required',
  message: 'The property is required here or for the whole batch',
};

function readDependsOn(node: JsonNode): {
  readonly keys: RuledItem['dependsOn'];
  readonly violations: readonly Violation[];
} {
  const list = member(node, 'dependsOn');
  if (list?.kind !== 'array') return { keys: [], violations: [] };
  const code = 'wrong_type';
  const violations: Violation[] = [];
  if (list.items.length > MAX_DEPENDENCIES) {
    const message = `It may name at most ${MAX_DEPENDENCIES} keys`;
    violations.push({ pointer: '/dependsOn', code, message });
  }
  const keys = list.items.slice(0, MAX_DEPENDENCIES).map((item, index) => {
    if (item.kind === 'string' && ITEM_KEY.test(item.value)) return item.value;
    const message = 'must be a key: 1 to 128 visible characters';
    violations.push({ pointer: `/dependsOn/${index}`, code, message });
    return null;
  });
  return { keys, violations };
}

/** Null while it is not known which databases go where. */
function samenessOf(draft: MigrationDraft): string | null {
  const { sourceInstanceId, targetInstanceId, databases } = draft;
  const isKnown =
    sourceInstanceId !== undefined && targetInstanceId !== undefined && databases !== undefined;
  return isKnown && databases.length > 0 ? sameness(draft as MigrationRequest) : null;
}

const within = (place: number, violation: Violation): Violation => ({
  ...violation,
  pointer: `/migrations/${place}${violation.pointer}`,
});
