// From checked bodies to what the use case takes: secrets are sealed into their type before anything else sees them.
import { mayUse, type Caller } from '../domain/access.js';
import { fieldViolations, usesMachineIdentity, type CredentialType } from '../domain/credential.js';
import { Problem, type Violation } from '../domain/errors.js';
import { NO_KEY, Secret, type CredentialSecrets } from '../use-cases/ports-credentials.js';
import type { CredentialPatch, NewCredential } from '../use-cases/manage-credentials.js';
import type { CheckedBody } from './checked-body.js';
import type { CreateCredentialDto, PatchCredentialDto } from './credential.dto.js';
import type { VerifyCredentialDto } from './credential-verification.dto.js';

/**
 * Throws Problem: validation_failed with every broken rule, in body order; forbidden when the type uses the
 * identity of this machine and the caller is no admin.
 */
export function newCredentialOf(
  body: CheckedBody<CreateCredentialDto>,
  caller: Caller,
): Pick<NewCredential, 'name' | 'type' | 'regionId' | 'secrets'> {
  const { fields, node } = body;
  const members = node.kind === 'object' ? node.members : [];
  const ofType = fieldViolations(fields.type, new Set(members.map(({ key }) => key)));
  // Of a field that does not belong there its form does not matter.
  const foreign = new Set(ofType.map(({ pointer }) => pointer));
  const violations = body.violations.filter(({ pointer }) => !foreign.has(pointer));
  refuse({ ...body, violations }, ofType);
  // No rule is broken, so nothing is missing.
  const { name, type, regionId, ...secrets } = fields as CreateCredentialDto;
  if (usesMachineIdentity(type) && !mayUse(caller, 'admin')) {
    const detail = `A credential of type ${type} uses the identity of this machine: that needs scope admin.`;
    throw new Problem('forbidden', detail);
  }
  return { name, type, regionId, secrets: { ...keysOf(secrets), ...roleOf(type, secrets) } };
}

type Given = Omit<CreateCredentialDto, 'name' | 'type' | 'regionId'>;

function keysOf({ accessKeyId, accessKeySecret, securityToken }: Given): CredentialSecrets {
  if (accessKeyId === undefined || accessKeySecret === undefined) return NO_KEY;
  return {
    accessKeyId: new Secret(accessKeyId),
    accessKeySecret: new Secret(accessKeySecret),
    securityToken: secretOrNull(securityToken),
  };
}

function roleOf(type: CredentialType, given: Given): Pick<CredentialSecrets, 'role'> {
  const { roleArn = '', roleSessionName = null, policy = null, roleName = null } = given;
  const { oidcProviderArn = '', oidcTokenFilePath = '' } = given;
  switch (type) {
    case 'access_key':
    case 'sts':
      return {};
    case 'ram_role_arn': {
      const externalId = secretOrNull(given.externalId);
      return { role: { kind: type, roleArn, roleSessionName, policy, externalId } };
    }
    case 'oidc_role_arn': {
      const token = { oidcProviderArn, oidcTokenFilePath };
      return { role: { kind: type, roleArn, ...token, roleSessionName } };
    }
    case 'ecs_ram_role':
      return { role: { kind: type, roleName } };
  }
}

const secretOrNull = (text: string | undefined): Secret | null =>
  text === undefined ? null : new Secret(text);

/** Throws Problem validation_failed with every broken rule, in body order. */
export function patchOf(
  body: CheckedBody<PatchCredentialDto>,
): Pick<CredentialPatch, 'name' | 'secrets'> {
  refuse(body, []);
  const { name, accessKeyId, accessKeySecret, securityToken } = body.fields;
  const secrets: NonNullable<CredentialPatch['secrets']> = {
    ...(accessKeyId !== undefined && { accessKeyId: new Secret(accessKeyId) }),
    ...(accessKeySecret !== undefined && { accessKeySecret: new Secret(accessKeySecret) }),
    ...(securityToken !== undefined && { securityToken: new Secret(securityToken) }),
  };
  return {
    ...(name !== undefined && { name }),
    ...(Object.keys(secrets).length > 0 && { secrets }),
  };
}

/** Does the operator want imports to go on? Throws Problem validation_failed. */
export function resumeOf(body: CheckedBody<VerifyCredentialDto>): boolean {
  refuse(body, []);
  return body.fields.resume ?? false;
}

function refuse(body: CheckedBody<object>, more: readonly Violation[]): void {
  const violations = [...body.violations, ...more];
  if (violations.length === 0) return;
  const detail = `${violations.length} rule(s) of the request are broken.`;
  throw new Problem('validation_failed', detail, { violations: body.order(violations) });
}
