// The one call that must not be made twice: signed once, its bytes given out once.
import { writeDbInfo } from '../domain/db-info.js';
import type { SignedSubmission, SubmissionCommand } from '../use-cases/ports-upstream.js';
import type { Endpoint } from './rds-endpoints.js';
import { encodeParameters, type RpcRequest, type SignedRequest } from './rds-signature.js';

/** Proxies and gateways cut URLs at 8 KB; beyond this the databases travel in the body. */
const MAX_URL_BYTES = 7 * 1024;

export interface SubmissionIntent {
  readonly nonce: string;
  readonly attempt: number;
  readonly atMs: number;
}

/** What the intent may record is public; the bytes, which carry the signature, are not even printed. */
export class SealedSubmission implements SignedSubmission {
  readonly nonce: string;
  readonly requestHash: string;
  #request: SignedRequest | null;
  readonly #endpoint: Endpoint;
  readonly #atMs: number;
  readonly #attempt: number;

  constructor(request: SignedRequest, endpoint: Endpoint, intent: SubmissionIntent) {
    this.nonce = intent.nonce;
    this.#attempt = intent.attempt;
    this.requestHash = request.canonicalHash;
    this.#request = request;
    this.#endpoint = endpoint;
    this.#atMs = intent.atMs;
  }

  get attempt(): number {
    return this.#attempt;
  }

  ageMs(nowMs: number): number {
    return nowMs - this.#atMs;
  }

  /** The bytes and where they go; null for every call but the first. */
  take(): { readonly request: SignedRequest; readonly endpoint: Endpoint } | null {
    const request = this.#request;
    this.#request = null;
    return request === null ? null : { request, endpoint: this.#endpoint };
  }
}

/** `DBInstanceId` is the target. There is no RegionId and no ClientToken in this action. */
export function submissionParameters(
  command: SubmissionCommand,
  endpoint: Endpoint,
): Pick<RpcRequest, 'query' | 'form'> {
  const instances = {
    DBInstanceId: command.targetInstanceId,
    SourceDBInstanceId: command.sourceInstanceId,
  };
  const dbInfo = { DBInfo: writeDbInfo(command.engine, command.databases) };
  const inQuery = { ...instances, ...dbInfo };
  const urlBytes = `https://${endpoint.host}/?${encodeParameters(inQuery)}`.length;
  return urlBytes <= MAX_URL_BYTES
    ? { query: inQuery, form: null }
    : { query: instances, form: dbInfo };
}
