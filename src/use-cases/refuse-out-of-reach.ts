// A key that is for some instances only moves nothing between others.
import { refusedInstance, type Reach } from '../domain/access.js';
import { Problem, type Violation } from '../domain/errors.js';
import type { MigrationRequest } from '../domain/migration.js';

type Instances = Pick<MigrationRequest, 'sourceInstanceId' | 'targetInstanceId'>;

/** Where in the request's body a migration stands, and how its violations are told. */
export interface Whereabouts {
  readonly pointerOf: (index: number) => string;
  readonly order: (violations: readonly Violation[]) => readonly Violation[];
}

/**
 * `where` is null when they are not of the body.
 * Throws Problem forbidden, which names the first instance, and of a body every migration.
 */
export function refuseOutOfReach(
  { instancePatterns }: Pick<Reach, 'instancePatterns'>,
  migrations: readonly Instances[],
  where: Whereabouts | null = null,
): void {
  if (instancePatterns === null) return;
  const refused = migrations.flatMap((migration, index) => {
    const found = refusedInstance(instancePatterns, migration);
    return found === null ? [] : [{ ...found, index }];
  });
  const [first] = refused;
  if (first === undefined) return;
  const code = 'instance_not_allowed';
  const violations = refused.map(({ field, instanceId, index }): Violation => {
    const pointer = `${where?.pointerOf(index) ?? ''}/${field}`;
    return { pointer, code, message: `The API key is not for ${instanceId}` };
  });
  throw new Problem('forbidden', `The API key is not for the instance ${first.instanceId}.`, {
    ...(where !== null && { violations: where.order(violations) }),
  });
}
