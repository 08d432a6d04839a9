// One body in all its variants: each text and number of it replaced by each hostile value, each object given each hostile name.
import { NAUGHTY, ODD_VALUES, PROTOTYPE_NAMES } from './hostile-texts.js';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Stands where the hostile part goes; nothing else of a body looks like it. */
const MARK = '@@here@@';

const withMark = (text: string, part: string): string => text.replace(`"${MARK}"`, () => part);

/** The body once for each leaf, which is the mark there. */
function markedLeaves(value: Json): readonly Json[] {
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    return items.flatMap((item, index) => markedLeaves(item).map((one) => items.with(index, one)));
  }
  if (typeof value !== 'object' || value === null) return [MARK];
  const members = Object.entries(value as { readonly [key: string]: Json });
  return members.flatMap(([key, member]) => {
    return markedLeaves(member).map((one) => ({ ...(value as object), [key]: one }));
  });
}

/** The body once for each object in it, which has the mark as a name there. */
function markedObjects(value: Json): readonly Json[] {
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    return items.flatMap((item, index) => markedObjects(item).map((one) => items.with(index, one)));
  }
  if (typeof value !== 'object' || value === null) return [];
  const members = Object.entries(value as { readonly [key: string]: Json });
  const inner = members.flatMap(([key, member]) => {
    return markedObjects(member).map((one) => ({ ...(value as object), [key]: one }));
  });
  return [{ [MARK]: 0, ...(value as object) }, ...inner];
}

/** JSON texts. */
export function variantsOf(body: Json): readonly string[] {
  const values = [...NAUGHTY.map((text) => JSON.stringify(text)), ...ODD_VALUES];
  const leaves = markedLeaves(body).map((marked) => JSON.stringify(marked));
  const objects = markedObjects(body).map((marked) => JSON.stringify(marked));
  const names = PROTOTYPE_NAMES.map((name) => JSON.stringify(name));
  return [
    ...leaves.flatMap((text) => values.map((value) => withMark(text, value))),
    ...objects.flatMap((text) => names.map((name) => withMark(text, name))),
  ];
}

const LONE = '\u{f8000}';
const LONE_TEXT = encodeURIComponent(LONE);

/** Percent-encoded; what UTF-8 cannot say is written as the bytes it would have. */
export const encoded = (text: string): string =>
  encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, LONE)).replaceAll(LONE_TEXT, '%ED%A0%80');
