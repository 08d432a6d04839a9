// Completes the items of a batch: credentials looked up once each, regions filled in; or every broken rule named.
import { Injectable } from '@nestjs/common';
import type { Reach } from '../domain/access.js';
import { invalidRequest, VIOLATIONS, type Violation } from '../domain/errors.js';
import type { MigrationRequest } from '../domain/migration.js';
import type { AcceptBatchRequest, BatchItem } from './batch-request.js';
import { CredentialStore } from './ports-credentials.js';
import { refuseOutOfReach } from './refuse-out-of-reach.js';

@Injectable()
export class CompleteItems {
  constructor(private readonly credentials: CredentialStore) {}

  /** In the order of the items. Throws Problem: validation_failed, forbidden. */
  async complete(
    request: Pick<AcceptBatchRequest, keyof Reach | 'items' | 'violations' | 'order'>,
  ): Promise<readonly MigrationRequest[]> {
    const { tenant, items } = request;
    const ids = [...new Set(items.flatMap(({ draft }) => draft.credentialId ?? []))];
    const regions = new Map<string, string>();
    for (const id of ids) {
      const credential = await this.credentials.find(tenant, id);
      if (credential !== null) regions.set(id, credential.regionId);
    }
    const violations = [
      ...request.violations,
      ...missingCredentials(items, (id) => !regions.has(id)),
    ];
    if (violations.length > 0) throw invalidRequest(request.order(violations));
    const complete = items.map(({ draft }) => ({
      ...(draft as MigrationRequest),
      regionId: draft.regionId ?? regions.get(draft.credentialId ?? '') ?? '',
    }));
    refuseOutOfReach(request, complete, {
      pointerOf: (index) => items[index]?.pointer ?? '',
      order: request.order,
    });
    return complete;
  }
}

/** The batch's own one is named once, however many items it stands for. */
export function missingCredentials(
  items: readonly BatchItem[],
  isMissing: (credentialId: string) => boolean,
): readonly Violation[] {
  const code = 'credential_not_found';
  const pointers = new Set<string>();
  for (const { draft, pointer, hasOwnCredential } of items) {
    if (draft.credentialId === undefined || !isMissing(draft.credentialId)) continue;
    pointers.add(hasOwnCredential ? `${pointer}/credentialId` : '/credentialId');
  }
  return [...pointers].map((pointer) => ({ pointer, code, message: VIOLATIONS[code] }));
}
