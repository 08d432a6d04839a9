// Which routes there are, and who may call them, read from the decorators.
import ts from 'typescript';
import { at, type Finding, nodesOf, type SourceFile } from './source-files.js';

export interface Route {
  /** e.g. `GET /v1/migrations/:id` */
  readonly name: string;
  readonly access: 'public' | 'guarded' | 'undeclared';
  readonly where: string;
}

/** Open to everybody, and nothing else is. */
export const PUBLIC_ROUTES: readonly string[] = [
  'GET /',
  'GET /docs',
  'GET /health/live',
  'GET /health/ready',
  'GET /openapi.json',
];

const VERBS = new Set(['Get', 'Post', 'Put', 'Patch', 'Delete', 'Head', 'Options', 'All', 'Sse']);

interface Decoration {
  readonly name: string;
  readonly argument: string;
}

function decorationsOf(node: ts.HasDecorators): Decoration[] {
  return (ts.getDecorators(node) ?? []).flatMap(({ expression }) => {
    if (!ts.isCallExpression(expression)) return [];
    const [first] = expression.arguments;
    const argument = first && ts.isStringLiteralLike(first) ? first.text : '';
    return [{ name: expression.expression.getText(), argument }];
  });
}

function routeOf(prefix: string, method: ts.MethodDeclaration, file: SourceFile): Route[] {
  const decorations = decorationsOf(method);
  const verb = decorations.find(({ name }) => VERBS.has(name));
  if (verb === undefined) return [];
  const path = [prefix, verb.argument]
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/');
  const has = (wanted: string): boolean => decorations.some(({ name }) => name === wanted);
  const guard = has('NeedsScope') ? 'guarded' : 'undeclared';
  const access = has('Public') ? 'public' : guard;
  return [{ name: `${verb.name.toUpperCase()} /${path}`, access, where: at(file, method) }];
}

export function routesOf(file: SourceFile): Route[] {
  return [...nodesOf(file.tree)].filter(ts.isClassDeclaration).flatMap((node) => {
    const controller = decorationsOf(node).find(({ name }) => name === 'Controller');
    if (controller === undefined) return [];
    return node.members
      .filter(ts.isMethodDeclaration)
      .flatMap((method) => routeOf(controller.argument, method, file));
  });
}

export function openRoutes(routes: readonly Route[]): Finding[] {
  return routes.flatMap(({ name, access, where }) => {
    if (access === 'guarded' || (access === 'public' && PUBLIC_ROUTES.includes(name))) return [];
    return access === 'public'
      ? [`${where}: ${name} is open to everybody but not on the list of public routes`]
      : [`${where}: ${name} has neither @NeedsScope nor @Public`];
  });
}
