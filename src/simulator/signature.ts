// Both published signature algorithms, from decoded parameters to the signature. Pure.
// Decoded first, encoded again: what the client left raw on the wire does not matter.
import { createHash, createHmac } from 'node:crypto';

export type Pair = readonly [name: string, value: string];

/** RFC 3986: everything but `A-Za-z0-9-_.~` is encoded. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function canonicalQuery(pairs: readonly Pair[]): string {
  return pairs
    .map(([name, value]): Pair => [percentEncode(name), percentEncode(value)])
    .toSorted(([a, x], [b, y]) => byCode(a, b) || byCode(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** V1: `METHOD&%2F&encoded(canonical query)`; query and form parameters together, `Signature` left out. */
export function stringToSignV1(method: string, pairs: readonly Pair[]): string {
  const signed = pairs.filter(([name]) => name !== 'Signature');
  return `${method}&%2F&${percentEncode(canonicalQuery(signed))}`;
}

export function signatureV1(secret: string, stringToSign: string): string {
  return createHmac('sha1', `${secret}&`).update(stringToSign, 'utf8').digest('base64');
}

export const sha256Hex = (data: string | Buffer): string =>
  createHash('sha256').update(data).digest('hex');

export interface RequestV3 {
  readonly method: string;
  readonly query: readonly Pair[];
  /** Lower-case names. */
  readonly signedHeaders: readonly Pair[];
  readonly bodySha256: string;
}

export function canonicalRequestV3(request: RequestV3): string {
  const headers = request.signedHeaders.toSorted(([a], [b]) => byCode(a, b));
  return [
    request.method,
    '/',
    canonicalQuery(request.query),
    headers.map(([name, value]) => `${name}:${value.trim()}\n`).join(''),
    headers.map(([name]) => name).join(';'),
    request.bodySha256,
  ].join('\n');
}

export const ALGORITHM_V3 = 'ACS3-HMAC-SHA256';

export const stringToSignV3 = (canonicalRequest: string): string =>
  `${ALGORITHM_V3}\n${sha256Hex(canonicalRequest)}`;

export function signatureV3(secret: string, stringToSign: string): string {
  return createHmac('sha256', secret).update(stringToSign, 'utf8').digest('hex');
}
