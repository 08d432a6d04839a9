// What may be seen of a credential, and which fields each type has. Knows no secret itself.
import type { Violation, ViolationCode } from './errors.js';

const MASK = '****';
/** An AccessKeyId of this length or more shows four characters at each end; upstream's have 16 to 30. */
const FULL_LENGTH = 12;

/** First and last four characters. A shorter id shows less, never more than half of itself. */
export function maskKeyId(accessKeyId: string): string {
  const characters = [...accessKeyId];
  const shown = characters.length >= FULL_LENGTH ? 4 : Math.floor(characters.length / 4);
  const last = shown === 0 ? [] : characters.slice(-shown);
  return [...characters.slice(0, shown), MASK, ...last].join('');
}

export const CREDENTIAL_TYPES = [
  'access_key',
  'sts',
  'ram_role_arn',
  'ecs_ram_role',
  'oidc_role_arn',
] as const;

export type CredentialType = (typeof CREDENTIAL_TYPES)[number];

/** These use the identity of the machine that this service runs on: not for every caller to hand out. */
export const usesMachineIdentity = (type: CredentialType): boolean =>
  type === 'ecs_ram_role' || type === 'oidc_role_arn';

/** These sign with a session that ends, and can be had anew. */
export const isSessionType = (type: CredentialType): boolean =>
  type === 'ram_role_arn' || usesMachineIdentity(type);

const KEY_PAIR = ['accessKeyId', 'accessKeySecret'] as const;

/** The fields of each type beside those that all have. */
const FIELDS = {
  access_key: { required: KEY_PAIR, optional: [] },
  sts: { required: [...KEY_PAIR, 'securityToken'], optional: [] },
  ram_role_arn: {
    required: [...KEY_PAIR, 'roleArn'],
    optional: ['roleSessionName', 'policy', 'externalId'],
  },
  ecs_ram_role: { required: [], optional: ['roleName'] },
  oidc_role_arn: {
    required: ['roleArn', 'oidcProviderArn', 'oidcTokenFilePath'],
    optional: ['roleSessionName'],
  },
} as const satisfies Record<
  CredentialType,
  { readonly required: readonly string[]; readonly optional: readonly string[] }
>;

const ALL_FIELDS: ReadonlySet<string> = new Set(
  Object.values(FIELDS).flatMap(({ required, optional }) => [...required, ...optional]),
);

/**
 * What `given` lacks for its type, and what belongs to other types only. Of a type that is missing or
 * unknown only the key pair is asked for. Fields of no type are not judged here.
 */
export function fieldViolations(
  type: CredentialType | undefined,
  given: ReadonlySet<string>,
): Violation[] {
  const { required, optional } = FIELDS[type ?? 'access_key'];
  const missing = required.filter((name) => !given.has(name));
  const known: ReadonlySet<string> = new Set([...required, ...optional]);
  const foreign = [...given].filter((name) => ALL_FIELDS.has(name) && !known.has(name));
  return [
    ...missing.map((name) => violation(name, 'required', `A credential of type ${type} has it`)),
    ...(type === undefined ? [] : foreign).map((name) =>
      violation(name, 'unknown_property', `A credential of type ${type} has no such field`),
    ),
  ];
}

/** As `fieldViolations`, of fields that replace a secret: only its own parts, and the secret itself. */
export function replacementViolations(
  type: CredentialType,
  given: ReadonlySet<string>,
): Violation[] {
  const secret: ReadonlySet<string> = new Set([...KEY_PAIR, 'securityToken']);
  const needed = FIELDS[type].required.filter((name) => secret.has(name) && name !== 'accessKeyId');
  const message = 'The parts of a credential are replaced together with its secret';
  const missing = needed.filter((name) => !given.has(name));
  return [
    ...missing.map((name) => violation(name, 'required', message)),
    ...fieldViolations(type, given).filter(({ code }) => code === 'unknown_property'),
  ];
}

function violation(name: string, code: ViolationCode, message: string): Violation {
  return { pointer: `/${name}`, code, message };
}

const ROLE_ARN = /^acs:ram::(\d{1,32}):role\/[\w.@-]{1,64}$/;

export const isRoleArn = (text: string): boolean => ROLE_ARN.test(text);

/** The cloud account that a role belongs to; null when the text is no ARN of a role. */
export const accountOfRole = (roleArn: string): string | null =>
  ROLE_ARN.exec(roleArn)?.[1] ?? null;

const MAX_PATH_LENGTH = 1_024;

/** A path that means one file, wherever the process stands: absolute, and never up again. */
export function isPlainPath(path: string): boolean {
  if (!path.startsWith('/') || path.length > MAX_PATH_LENGTH) return false;
  const [, ...names] = path.split('/');
  return names.every((name) => /^[^\p{C}\p{Z}\\]+$/u.test(name) && name !== '.' && name !== '..');
}
