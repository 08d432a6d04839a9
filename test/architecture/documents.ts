// What README.md and .env.example say, and where they and the code disagree.
import ts from 'typescript';
import { type Finding, nodesOf, type SourceFile } from './source-files.js';

/** Codes in the first column of the tables under a heading that speaks of errors. */
export function documentedCodes(readme: string): string[] {
  const codes: string[] = [];
  let level = 0;
  let isFenced = false;
  for (const line of readme.split('\n')) {
    if (line.startsWith('```')) isFenced = !isFenced;
    const heading = isFenced ? null : /^(#+) (.*)/.exec(line);
    const depth = heading?.[1]?.length ?? 0;
    if (level > 0 && depth > 0 && depth <= level) level = 0;
    if (level === 0 && /\berrors?\b/i.test(heading?.[2] ?? '')) level = depth;
    const code = /^\|\s*`([a-z][a-z0-9_]*)`\s*\|/.exec(line)?.[1];
    if (level > 0 && code !== undefined) codes.push(code);
  }
  return codes;
}

/** Names in `NAME=default`, and in `# NAME=` for what has no default. */
export function exampleVariables(example: string): string[] {
  return [...example.matchAll(/^(?:# ?)?([A-Z][A-Z0-9_]*)=/gm)].flatMap(([, name]) => name ?? []);
}

/** Variables the configuration names, and the `_FILE` twin of each that may come from a file. */
export function readVariables(config: SourceFile, readers: SourceFile): string[] {
  const texts = [...nodesOf(config.tree)].filter(ts.isStringLiteral);
  return texts
    .filter(({ text }) => /^[A-Z][A-Z0-9_]*$/.test(text))
    .flatMap((node) => {
      const reader = ts.isCallExpression(node.parent) ? node.parent.expression : null;
      const method = reader && ts.isPropertyAccessExpression(reader) ? reader.name.text : '';
      return readsFiles(readers, method) ? [node.text, `${node.text}_FILE`] : [node.text];
    });
}

/** Does this method hand the name on to the one that looks for `<name>_FILE`? */
function readsFiles(readers: SourceFile, method: string): boolean {
  return [...nodesOf(readers.tree)]
    .filter(ts.isMethodDeclaration)
    .some(
      (node) => node.name.getText() === method && /\bthis\.secret\(|_FILE`/.test(node.getText()),
    );
}

export function disagreements(
  [nameOfOne, one]: readonly [string, readonly string[]],
  [nameOfOther, other]: readonly [string, readonly string[]],
): Finding[] {
  const lacking = (from: readonly string[], all: readonly string[]): string[] =>
    [...new Set(all)].filter((item) => !from.includes(item));
  const twice = (all: readonly string[]): string[] => [
    ...new Set(all.filter((item, index) => all.indexOf(item) !== index)),
  ];
  return [
    ...lacking(one, other).map((item) => `${item} is in ${nameOfOther}, not in ${nameOfOne}`),
    ...lacking(other, one).map((item) => `${item} is in ${nameOfOne}, not in ${nameOfOther}`),
    ...twice(one).map((item) => `${item} is in ${nameOfOne} more than once`),
  ];
}
