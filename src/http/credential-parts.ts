// From checked bodies to what the use case takes: secrets are sealed into their type before anything else sees them.
import { tokenViolations } from '../domain/credential.js';
import { Problem } from '../domain/errors.js';
import { Secret, type CredentialSecrets } from '../use-cases/ports-credentials.js';
import type { CredentialPatch, NewCredential } from '../use-cases/manage-credentials.js';
import type { CheckedBody } from './checked-body.js';
import type { CreateCredentialDto, PatchCredentialDto } from './credential.dto.js';
import type { VerifyCredentialDto } from './credential-verification.dto.js';

/** Throws Problem validation_failed with every broken rule, in body order. */
export function newCredentialOf(
  body: CheckedBody<CreateCredentialDto>,
): Pick<NewCredential, 'name' | 'type' | 'regionId' | 'secrets'> {
  const { fields, node } = body;
  const hasToken =
    node.kind === 'object' && node.members.some((member) => member.key === 'securityToken');
  refuse(body, fields.type === undefined ? [] : tokenViolations(fields.type, hasToken));
  // No rule is broken, so nothing is missing.
  const { name, type, regionId, accessKeyId, accessKeySecret, securityToken } =
    fields as CreateCredentialDto;
  const secrets: CredentialSecrets = {
    accessKeyId: new Secret(accessKeyId),
    accessKeySecret: new Secret(accessKeySecret),
    securityToken: securityToken === undefined ? null : new Secret(securityToken),
  };
  return { name, type, regionId, secrets };
}

/** Throws Problem validation_failed with every broken rule, in body order. */
export function patchOf(
  body: CheckedBody<PatchCredentialDto>,
): Pick<CredentialPatch, 'name' | 'secrets'> {
  refuse(body, []);
  const { name, accessKeyId, accessKeySecret, securityToken } = body.fields;
  const secrets: Partial<CredentialSecrets> = {
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

function refuse(body: CheckedBody<object>, more: ReturnType<typeof tokenViolations>): void {
  const violations = [...body.violations, ...more];
  if (violations.length === 0) return;
  const detail = `${violations.length} rule(s) of the request are broken.`;
  throw new Problem('validation_failed', detail, { violations: body.order(violations) });
}
