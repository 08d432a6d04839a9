// Which queues are filled and which are worked on, read from `new Queue(…)` and `new Worker(…)`.
import ts from 'typescript';
import { type Finding, nodesOf, type SourceFile } from './source-files.js';

/** The names a queue or worker is made for: a text, a constant, or `each of X` inside of `X.map(name => …)`. */
export function madeFor(files: readonly SourceFile[], type: 'Queue' | 'Worker'): string[] {
  return files.flatMap((file) =>
    [...nodesOf(file.tree)]
      .filter(ts.isNewExpression)
      .filter((node) => node.expression.getText() === type)
      .map((node) => nameOf(node.arguments?.[0])),
  );
}

function nameOf(argument: ts.Expression | undefined): string {
  if (argument === undefined) return 'no name';
  if (!ts.isIdentifier(argument)) return argument.getText();
  for (let node: ts.Node = argument; node.parent; node = node.parent) {
    const table = ts.isArrowFunction(node) ? tableMappedBy(node, argument.text) : null;
    if (table !== null) return `each of ${table}`;
  }
  return argument.text;
}

/** `X` when the function is the one of `X.map(parameter => …)`. */
function tableMappedBy(node: ts.ArrowFunction, parameter: string): string | null {
  const isIts = node.parameters.some(({ name }) => name.getText() === parameter);
  const call = node.parent;
  if (!isIts || !ts.isCallExpression(call)) return null;
  return ts.isPropertyAccessExpression(call.expression)
    ? call.expression.expression.getText()
    : null;
}

export function unmatched(queues: readonly string[], workers: readonly string[]): Finding[] {
  const count = (names: readonly string[], wanted: string): number =>
    names.filter((name) => name === wanted).length;
  return [...new Set([...queues, ...workers])].flatMap((name) => {
    const [made, worked] = [count(queues, name), count(workers, name)];
    return made > 0 && worked === 1
      ? []
      : [`${name}: ${made} queues, ${worked} workers; one worker is right`];
  });
}
