// The role of a credential as the vault seals it: field by field, so that nothing else gets in or is lost.
import {
  Secret,
  type EcsRole,
  type OidcRole,
  type RamRole,
  type RolePlan,
} from '../use-cases/ports-credentials.js';

/** Only `externalId` is a secret of its own; once sealed all of it is. */
export type PlainRole =
  (Omit<RamRole, 'externalId'> & { readonly externalId: string | null }) | OidcRole | EcsRole;

export function plainRole(role: RolePlan): PlainRole {
  switch (role.kind) {
    case 'ram_role_arn': {
      const { kind, roleArn, roleSessionName, policy } = role;
      return {
        ...{ kind, roleArn, roleSessionName, policy },
        externalId: role.externalId?.open() ?? null,
      };
    }
    case 'oidc_role_arn': {
      const { kind, roleArn, oidcProviderArn, oidcTokenFilePath, roleSessionName } = role;
      return { kind, roleArn, oidcProviderArn, oidcTokenFilePath, roleSessionName };
    }
    case 'ecs_ram_role':
      return { kind: role.kind, roleName: role.roleName };
  }
}

/** The seal was checked: this is what `plainRole` gave. */
export function roleOf(plain: PlainRole): RolePlan {
  if (plain.kind !== 'ram_role_arn') return plain;
  const { externalId } = plain;
  return { ...plain, externalId: externalId === null ? null : new Secret(externalId) };
}
