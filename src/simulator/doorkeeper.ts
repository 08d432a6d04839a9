// Admits a request only with a known key, its token, the right signature, a fresh time and a nonce never seen.
import { Refusal, type RefusalCode } from './refusals.js';
import { headerText, type RpcRequest } from './rpc-request.js';
import {
  canonicalRequestV3,
  sha256Hex,
  signatureV1,
  signatureV3,
  stringToSignV1,
  stringToSignV3,
  type Pair,
} from './signature.js';
import { TIMESTAMP_LIFE_MS, type AccessKey } from './world-file.js';

/** A timestamp 15 minutes ahead is good for 30 more: the nonce is remembered for as long. */
export const NONCE_MEMORY_MS = 2 * TIMESTAMP_LIFE_MS;

const ALWAYS_SIGNED = [
  'host',
  'x-acs-action',
  'x-acs-version',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-content-sha256',
];

function need(value: string | null, name: string, code: RefusalCode = 'MissingParameter'): string {
  if (value === null || value === '') throw Refusal.of(code, name);
  return value;
}

function checkToken(request: RpcRequest, key: AccessKey, now: number): void {
  if (key.securityToken !== null && request.securityToken === null) {
    throw Refusal.of('MissingSecurityToken');
  }
  if (key.securityToken !== request.securityToken) {
    throw Refusal.of('InvalidSecurityToken.MismatchWithAccessKey');
  }
  if (key.expiresAt !== null && now >= key.expiresAt) {
    throw Refusal.of('InvalidSecurityToken.Expired');
  }
}

function checkSignatureV1(request: RpcRequest, key: AccessKey): void {
  const pairs = [...request.query, ...request.form];
  const params = new Map(pairs);
  const method = need(params.get('SignatureMethod') ?? null, 'SignatureMethod');
  const version = need(params.get('SignatureVersion') ?? null, 'SignatureVersion');
  if (method !== 'HMAC-SHA1') throw Refusal.of('InvalidSignatureMethod', method);
  if (version !== '1.0') throw Refusal.of('InvalidParameter', 'SignatureVersion');
  const text = stringToSignV1(request.method, pairs);
  if (signatureV1(key.secret, text) !== request.signature) {
    throw Refusal.of('SignatureDoesNotMatch', text);
  }
}

function checkSignatureV3(request: RpcRequest, key: AccessKey): void {
  const signed = new Set(request.signedHeaders);
  const mustSign = Object.keys(request.headers).filter(
    (name) => name.startsWith('x-acs-') || name === 'content-type',
  );
  for (const name of [...ALWAYS_SIGNED, ...mustSign]) {
    if (headerText(request.headers, name) === null) throw Refusal.of('MissingParameter', name);
    if (!signed.has(name)) throw Refusal.of('IncompleteSignature', `header ${name} is not signed`);
  }
  const signedHeaders = request.signedHeaders.map((name): Pair => [
    name,
    headerText(request.headers, name) ?? '',
  ]);
  const canonical = canonicalRequestV3({
    method: request.method,
    query: request.query,
    signedHeaders,
    bodySha256: sha256Hex(request.body),
  });
  const isBodyHashRight =
    headerText(request.headers, 'x-acs-content-sha256') === sha256Hex(request.body);
  const expected = signatureV3(key.secret, stringToSignV3(canonical));
  if (!isBodyHashRight || expected !== request.signature) {
    throw Refusal.of('SignatureDoesNotMatch', stringToSignV3(canonical));
  }
}

function checkTimestamp(timestamp: string, now: number, lifeMs: number): void {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(timestamp) ? Date.parse(timestamp) : NaN;
  if (Number.isNaN(time)) throw Refusal.of('InvalidTimeStamp.Format');
  if (Math.abs(now - time) > lifeMs) throw Refusal.of('InvalidTimeStamp.Expired');
}

export class Doorkeeper {
  /** `access key / nonce` → when seen, oldest first. */
  readonly #nonces = new Map<string, number>();

  /** Remembers the nonce of a request it admits. Throws a Refusal otherwise. */
  admit(
    request: RpcRequest,
    keys: ReadonlyMap<string, AccessKey>,
    now: number,
    lifeMs = TIMESTAMP_LIFE_MS,
  ): AccessKey {
    const keyId = need(request.accessKeyId, 'AccessKeyId');
    need(request.signature, 'Signature');
    const timestamp = need(request.timestamp, 'Timestamp');
    const nonce = need(request.nonce, 'SignatureNonce');
    const key = keys.get(keyId);
    if (key === undefined) throw Refusal.of('InvalidAccessKeyId.NotFound');
    checkToken(request, key, now);
    if (request.scheme === 'V1') checkSignatureV1(request, key);
    else checkSignatureV3(request, key);
    checkTimestamp(timestamp, now, lifeMs);
    this.#useNonce(JSON.stringify([keyId, nonce]), now);
    return key;
  }

  forget(): void {
    this.#nonces.clear();
  }

  #useNonce(entry: string, now: number): void {
    for (const [old, seenAt] of this.#nonces) {
      if (now - seenAt <= NONCE_MEMORY_MS) break;
      this.#nonces.delete(old);
    }
    if (this.#nonces.has(entry)) throw Refusal.of('SignatureNonceUsed');
    this.#nonces.set(entry, now);
  }
}
