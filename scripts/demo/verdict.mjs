// Compares how the migrations ended with the simulator's world, which knows what really happened.
import { END_OF, NOT_SUBMITTED } from './cast.mjs';

/** One sentence for each thing that is not as it must be. */
export function judge(views, world, sent) {
  const problems = views.flatMap((view) => judgeOne(view, world));
  if (views.length !== sent.length)
    problems.push(`${views.length} of ${sent.length} migrations exist`);
  const bound = new Set(views.map((view) => view.importId));
  const stray = world.imports.filter((one) => !bound.has(one.importId));
  for (const one of stray) problems.push(`import ${one.importId} belongs to no migration`);
  return [...problems, ...overlaps(world.imports)];
}

function judgeOne(view, world) {
  const imports = world.imports.filter((one) => one.importId === view.importId);
  const mustBeSubmitted = view.targetInstanceId !== NOT_SUBMITTED;
  if (imports.length !== (mustBeSubmitted ? 1 : 0)) {
    return [`${view.id} has ${imports.length} imports upstream`];
  }
  const must = END_OF[imports[0]?.verdict ?? 'none'];
  const is = view.reason?.code ?? null;
  if (view.status === must?.status && is === must.reason) return [];
  return [`${view.id} is ${view.status} (${is}), it must be ${must?.status} (${must?.reason})`];
}

/** Two imports at once on one instance. */
function overlaps(imports) {
  const found = [];
  for (const [index, a] of imports.entries()) {
    for (const b of imports.slice(index + 1)) {
      const isShared = [a.sourceInstanceId, a.targetInstanceId].some(
        (id) => id === b.sourceInstanceId || id === b.targetInstanceId,
      );
      if (isShared && a.startedAt < b.endsAt && b.startedAt < a.endsAt) {
        found.push(`imports ${a.importId} and ${b.importId} ran at once on one instance`);
      }
    }
  }
  return found;
}
