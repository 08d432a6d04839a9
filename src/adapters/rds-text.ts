// Reads upstream's texts without losing or leaking anything: ids stay digits and never become a number,
// keys are found however upstream spells them, and what a credential consists of never leaves.
import { readJson, type JsonNode, type JsonObject } from '../domain/json-text.js';
import type { CredentialSecrets } from '../use-cases/ports-credentials.js';

/** Upstream's answers nest five deep; what is deeper is not one of them. */
const MAX_DEPTH = 32;
const IMPORT_ID = /^\d{1,20}$/;
const MAX_MESSAGE_LENGTH = 500;

/** Null for anything but one whole JSON object. */
export function readObject(text: string): JsonObject | null {
  const reading = readJson(text, { maxDepth: MAX_DEPTH });
  return reading.ok && reading.node.kind === 'object' ? reading.node : null;
}

/** The first member of that name. Upstream's own samples have keys with spaces around them. */
export function member(node: JsonNode | null, ...names: readonly string[]): JsonNode | null {
  if (node?.kind !== 'object') return null;
  return node.members.find(({ key }) => names.includes(key.trim()))?.value ?? null;
}

/** A string, or a number as it was written; null for anything else. */
export function scalar(node: JsonNode | null): string | null {
  if (node?.kind === 'string') return node.value;
  return node?.kind === 'number' ? node.raw : null;
}

/** As `scalar`, and null for the empty text. */
export function word(node: JsonNode | null, ...names: readonly string[]): string | null {
  return scalar(member(node, ...names))?.trim() || null;
}

/** A quantity, where a few digits lost would not matter. Upstream writes −1 for "no data". */
export function quantity(node: JsonNode | null, ...names: readonly string[]): number | null {
  const text = word(node, ...names);
  const value = text === null ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : null;
}

/**
 * The rows at `answer[outer][inner]`. Where there are none upstream leaves `inner` out or writes an
 * empty array for `outer`; without `outer` the answer is not of this kind: null.
 */
export function rowsAt(
  answer: JsonObject,
  outer: string,
  inner: string,
): readonly JsonNode[] | null {
  const wrapper = member(answer, outer);
  if (wrapper?.kind === 'array') return wrapper.items;
  if (wrapper?.kind !== 'object') return null;
  const rows = member(wrapper, inner);
  if (rows === null || rows.kind === 'null') return [];
  return rows.kind === 'array' ? rows.items : null;
}

/**
 * The ImportId at the top of an object: a number or a string in the docs, `ImportID` in old SDKs, and
 * up to 20 digits, more than a JavaScript number can hold. Null when it is missing, has another form,
 * or is given twice with two values.
 */
export function importIdOf(node: JsonNode): string | null {
  if (node.kind !== 'object') return null;
  const found = new Set<string | null>();
  for (const { key, value } of node.members) {
    if (['ImportId', 'ImportID'].includes(key.trim())) found.add(scalar(value));
  }
  const [id, ...others] = found;
  return typeof id === 'string' && others.length === 0 && IMPORT_ID.test(id) ? id : null;
}

export type Scrub = (text: string) => string;

/**
 * Makes upstream's words fit to be stored and shown. Its messages repeat what was sent: the AccessKeyId
 * becomes its masked form, secret and token vanish, and only then the text is cut.
 */
export function scrubber(secrets: CredentialSecrets, maskedKeyId: string): Scrub {
  const sealed = [secrets.securityToken, secrets.accessKeySecret].map((secret) => [
    secret?.open() ?? '',
    '[sealed]',
  ]);
  const replacements = [...sealed, [secrets.accessKeyId.open(), maskedKeyId]].flatMap(
    ([from = '', to = '']) => [[from, to] as const, [encodeURIComponent(from), to] as const],
  );
  return (text) => {
    const clean = replacements.reduce(
      (current, [from, to]) => (from === '' ? current : current.replaceAll(from, to)),
      text,
    );
    return clean
      .replace(/\p{Cc}+/gu, ' ')
      .trim()
      .slice(0, MAX_MESSAGE_LENGTH);
  };
}
