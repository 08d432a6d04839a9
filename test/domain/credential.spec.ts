// A masked AccessKeyId shows enough to recognise it and too little to use it; each type has its own fields.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  accountOfRole,
  CREDENTIAL_TYPES,
  fieldViolations,
  isPlainPath,
  isRoleArn,
  maskKeyId,
  replacementViolations,
  type CredentialType,
} from '../../src/domain/credential.js';

test.each([
  ['LTAI5tExampleKeyId9xYz', 'LTAI****9xYz'],
  ['ABCDEFGHIJKL', 'ABCD****IJKL'],
  ['ABCDEFGHIJK', 'AB****JK'],
  ['ABCD', 'A****D'],
  ['ABC', '****'],
  ['', '****'],
])('%j is shown as %j', (id, shown) => expect(maskKeyId(id)).toBe(shown));

test('a short id never shows more than half of itself, a long one never more than eight characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (id) => {
      const visible = [...maskKeyId(id)].length - 4;
      const length = [...id].length;
      expect(visible).toBeLessThanOrEqual(length < 12 ? length / 2 : 8);
    }),
  );
});

const EVERY_FIELD = [
  ...['accessKeyId', 'accessKeySecret', 'securityToken', 'roleArn', 'roleSessionName', 'policy'],
  ...['externalId', 'roleName', 'oidcProviderArn', 'oidcTokenFilePath'],
];

/** From the contract, not from the code: what each needs, and what else it may have. */
const CONTRACT: Readonly<Record<CredentialType, readonly [string, string]>> = {
  access_key: ['accessKeyId accessKeySecret', ''],
  sts: ['accessKeyId accessKeySecret securityToken', ''],
  ram_role_arn: ['accessKeyId accessKeySecret roleArn', 'roleSessionName policy externalId'],
  ecs_ram_role: ['', 'roleName'],
  oidc_role_arn: ['roleArn oidcProviderArn oidcTokenFilePath', 'roleSessionName'],
};
const namesOf = (text: string): string[] => text.split(' ').filter((name) => name !== '');
const pointersOf = (violations: ReturnType<typeof fieldViolations>): string[] =>
  violations.map(({ pointer, code }) => `${code} ${pointer}`).toSorted();

test.each(CREDENTIAL_TYPES)(
  '%s lacks each field it needs, and has none of another type',
  (type) => {
    const [required, optional] = CONTRACT[type].map(namesOf);
    if (required === undefined || optional === undefined) throw new Error('the table is whole');
    fc.assert(
      fc.property(fc.subarray([...EVERY_FIELD, 'name', '__proto__']), (given) => {
        const missing = required.filter((name) => !given.includes(name));
        const own = [...required, ...optional, 'name', '__proto__'];
        const foreign = given.filter((name) => !own.includes(name));
        const expected = [
          ...missing.map((name) => `required /${name}`),
          ...foreign.map((name) => `unknown_property /${name}`),
        ];
        expect(pointersOf(fieldViolations(type, new Set(given)))).toEqual(expected.toSorted());
      }),
    );
  },
);

test('of a type that is not known only the key pair is asked for', () => {
  const expected = ['required /accessKeyId', 'required /accessKeySecret'];
  expect(pointersOf(fieldViolations(undefined, new Set(['roleName'])))).toEqual(expected);
});

test.each<[CredentialType, readonly string[], readonly string[]]>([
  ['access_key', ['accessKeySecret'], []],
  ['access_key', ['accessKeyId'], ['required /accessKeySecret']],
  ['sts', ['accessKeySecret'], ['required /securityToken']],
  ['ram_role_arn', ['accessKeyId', 'accessKeySecret'], []],
  ['ram_role_arn', ['accessKeySecret', 'securityToken'], ['unknown_property /securityToken']],
  ['ecs_ram_role', ['accessKeySecret'], ['unknown_property /accessKeySecret']],
  ['oidc_role_arn', ['accessKeyId'], ['unknown_property /accessKeyId']],
])('the secret of %s, replaced by %j, breaks %j', (type, given, expected) => {
  expect(pointersOf(replacementViolations(type, new Set(given)))).toEqual(expected);
});

test.each([
  ['acs:ram::1234567890123456:role/rds-import', '1234567890123456'],
  ['acs:ram::1:role/a.b_c', '1'],
  ['acs:ram::1234567890123456:user/someone', null],
  ['acs:ram::*:role/any', null],
  ['acs:ram::1:role/', null],
  ['acs:ram::1:role/a/b', null],
  ['arn:aws:iam::123456789012:role/x', null],
  ['acs:ram::1:role/x\n', null],
  ['', null],
])('%j is a role of account %j', (arn, account) => {
  expect([isRoleArn(arn), accountOfRole(arn)]).toEqual([account !== null, account]);
});

test.each([
  ['/var/run/secrets/token', true],
  ['/token', true],
  ['/var/..data/token', true],
  ['token', false],
  ['./token', false],
  ['/var/../etc/shadow', false],
  ['/var/..', false],
  ['/./token', false],
  ['/var//token', false],
  ['/', false],
  ['', false],
  ['/a\0b', false],
  ['/a\nb', false],
  [`/${'a'.repeat(1_024)}`, false],
])('%j is a plain path: %j', (path, isPlain) => expect(isPlainPath(path)).toBe(isPlain));
