// The API key that a request carries, in the one or two ways that its route takes.
import type { FastifyRequest } from 'fastify';
import type { AccessRule } from './access.js';

/** A longer text is no key of ours and need not be compared. */
const BEARER = /^Bearer +([\x21-\x7e]{1,512})$/i;

const BASIC = /^Basic +([A-Za-z0-9+/]{1,1024}={0,2})$/i;
/** Any name, and the key as the password. */
const NAME_AND_KEY = /^[^:]*:([\x21-\x7e]{1,512})$/;

type Carrier = Pick<FastifyRequest, 'headers'>;

/** As every route takes it; null for none. */
const bearerOf = ({ headers }: Carrier): string | null =>
  BEARER.exec(headers.authorization ?? '')?.[1] ?? null;

/** Null when it carries none, or none in a way that the route takes. */
export function presentedKey(request: Carrier, rule: AccessRule): string | null {
  const bearer = bearerOf(request);
  if (bearer !== null || !takesBasic(rule)) return bearer;
  const encoded = BASIC.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return NAME_AND_KEY.exec(Buffer.from(encoded, 'base64').toString('utf8'))?.[1] ?? null;
}

/** What an answer 401 asks for: a browser then asks its user. */
export const challengeOf = (rule: AccessRule | undefined): string =>
  takesBasic(rule) ? 'Basic realm="rds-import", charset="UTF-8"' : 'Bearer';

const takesBasic = (rule: AccessRule | undefined): boolean =>
  rule?.isPublic === false && rule.takesBasic === true;
