// The forms of what names a role and where its token lies: nothing of them could mean something else upstream.
import { Matches, ValidateBy } from 'class-validator';
import { isPlainPath, isRoleArn } from '../domain/credential.js';

export const RoleArn = (): PropertyDecorator =>
  textRule('roleArn', isRoleArn, 'must be acs:ram::<account id>:role/<name>');

export const OidcProviderArn = (): PropertyDecorator =>
  Matches(/^acs:ram::\d{1,32}:oidc-provider\/[\w.-]{1,128}$/, {
    message: 'must be acs:ram::<account id>:oidc-provider/<name>',
  });

/** The message never repeats the path. */
export const PlainPath = (): PropertyDecorator =>
  textRule('plainPath', isPlainPath, 'must be the absolute path of a file, without "." and ".."');

function textRule(
  name: string,
  isFit: (text: string) => boolean,
  message: string,
): PropertyDecorator {
  const validate = (value: unknown): boolean => typeof value === 'string' && isFit(value);
  return ValidateBy({ name, validator: { validate } }, { message });
}
