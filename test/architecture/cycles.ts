// Imports that lead back to where they began, types included. The linter follows none into a `.tsx` file.
import path from 'node:path';
import ts from 'typescript';
import { type Finding, type SourceFile } from './source-files.js';

/** Imports name what a file is compiled to. */
function importsOf({ path: from, tree }: SourceFile, known: ReadonlySet<string>): string[] {
  return tree.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const name = statement.moduleSpecifier;
    if (name === undefined || !ts.isStringLiteral(name) || !name.text.startsWith('.')) return [];
    const stem = path.posix.join(path.posix.dirname(from), name.text).replace(/\.js$/, '');
    return [`${stem}.ts`, `${stem}.tsx`].filter((file) => known.has(file));
  });
}

/** One finding for each way back, whatever the file it is seen from. */
export function cycles(files: readonly SourceFile[]): Finding[] {
  const known = new Set(files.map((file) => file.path));
  const imports = new Map(files.map((file) => [file.path, importsOf(file, known)]));
  const findings: Finding[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): void => {
    const at = way.indexOf(file);
    if (at >= 0) findings.push(`a cycle of imports: ${[...way.slice(at), file].join(' → ')}`);
    if (at >= 0 || done.has(file)) return;
    way.push(file);
    for (const next of imports.get(file) ?? []) visit(next);
    way.pop();
    done.add(file);
  };
  for (const file of known) visit(file);
  return findings;
}
