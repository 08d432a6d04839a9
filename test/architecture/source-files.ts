// Source files as the checks see them: path from the root, text, syntax tree.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

export interface SourceFile {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** One thing that is wrong, as a line a person can act on. */
export type Finding = string;

export function sourceFile(filePath: string, text: string): SourceFile {
  return {
    path: filePath,
    text,
    tree: ts.createSourceFile(filePath, text, ts.ScriptTarget.Latest, true),
  };
}

export function pathsUnder(folder: string, extensions: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => extensions.includes(path.extname(name)))
    .map((name) => `${folder}/${name.split(path.sep).join('/')}`)
    .sort();
}

export function readTree(folder: string): SourceFile[] {
  return pathsUnder(folder, ['.ts', '.tsx']).map((file) =>
    sourceFile(file, readFileSync(file, 'utf8')),
  );
}

/** Every node of the file, parents before children. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesOf(child);
}

function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  return children;
}

export function at(file: SourceFile, node: ts.Node): string {
  const { line } = file.tree.getLineAndCharacterOfPosition(node.getStart(file.tree));
  return `${file.path}:${line + 1}`;
}

/** Does the path lie under one of these folders, or begin so? */
export function isWithin(filePath: string, places: readonly string[]): boolean {
  return places.some((place) => filePath.startsWith(place));
}
