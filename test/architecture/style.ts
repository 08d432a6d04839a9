// What the linter cannot say about the shape of the code.
import path from 'node:path';
import ts from 'typescript';
import { at, type Finding, nodesOf, type SourceFile } from './source-files.js';

export const MAX_LINES = 400;

const HOLLOW = /(?:Service|Manager|Helper|Util|Utils|Base)$/;
const HOLLOW_FOLDERS = new Set(['common', 'utils', 'shared', 'helpers', 'base']);
const KEBAB = /^[a-z0-9]+(?:[-.][a-z0-9]+)*$/;

export function tooLong(filePath: string, text: string): Finding[] {
  const lines = text.replace(/\n$/, '').split('\n').length;
  return lines <= MAX_LINES
    ? []
    : [`${filePath} has ${lines} lines, more than ${MAX_LINES}: split it`];
}

export function badNames(filePath: string): Finding[] {
  const folders = filePath.split('/').slice(0, -1);
  const name = path.basename(filePath);
  const stem = name.slice(0, name.lastIndexOf('.'));
  return [
    ...(KEBAB.test(stem) ? [] : [`${filePath}: file names are kebab-case`]),
    ...(stem === 'index' ? [`${filePath}: import files by their names, there are no barrels`] : []),
    ...folders
      .filter((folder) => HOLLOW_FOLDERS.has(folder))
      .map((folder) => `${filePath}: a folder ${folder} has no subject`),
  ];
}

/** The first line says what the file guarantees. */
export function withoutPromise({ path: filePath, text }: SourceFile): Finding[] {
  return /^(?:#!.*\n)?(?:\/\/ \S|\/\*\*)/.test(text)
    ? []
    : [`${filePath}: begin with a comment that says what the file guarantees`];
}

export function banned(file: SourceFile): Finding[] {
  const isDto = file.path.endsWith('.dto.ts');
  return [...nodesOf(file.tree)].flatMap((node) => {
    if (ts.isEnumDeclaration(node))
      return [`${at(file, node)}: write a union of string literals, not an enum`];
    if (ts.isClassDeclaration(node) && HOLLOW.test(node.name?.text ?? '')) {
      return [`${at(file, node)}: ${node.name?.text} says nothing: name what it is or does`];
    }
    const isPromised = ts.isPropertyDeclaration(node) && node.exclamationToken !== undefined;
    return isPromised && !isDto ? [`${at(file, node)}: only fields of a DTO may carry "!"`] : [];
  });
}
