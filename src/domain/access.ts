// Who calls and what they may do.

export const SCOPES = [
  'migrations:read',
  'migrations:write',
  'credentials:read',
  'credentials:write',
  'webhooks:read',
  'webhooks:write',
  'metrics:read',
  'admin',
] as const;

export type Scope = (typeof SCOPES)[number];

export interface Caller {
  readonly keyId: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  /** Only instances that match one of them may be imported from or to; null: any. */
  readonly instancePatterns: readonly string[] | null;
}

/** For what reads and changes migrations: whose they are, and which instances the caller may touch. */
export type Reach = Pick<Caller, 'tenant' | 'instancePatterns'>;

/** Of the operator, who has the bootstrap key. */
export const OPERATOR_TENANT = 'default';

/** `admin` includes every other scope. */
export function mayUse(caller: Pick<Caller, 'scopes'>, scope: Scope): boolean {
  return caller.scopes.includes('admin') || caller.scopes.includes(scope);
}

/** An admin of the operator's tenant; any other admin's power ends with the own tenant. */
export const isOperator = (caller: Pick<Caller, 'scopes' | 'tenant'>): boolean =>
  caller.tenant === OPERATOR_TENANT && caller.scopes.includes('admin');

/** Of a migration's two instances the first that the caller may not touch; null when both are allowed. */
export function refusedInstance(
  patterns: Caller['instancePatterns'],
  migration: { readonly sourceInstanceId: string; readonly targetInstanceId: string },
): { readonly field: 'sourceInstanceId' | 'targetInstanceId'; readonly instanceId: string } | null {
  if (patterns === null) return null;
  for (const field of ['sourceInstanceId', 'targetInstanceId'] as const) {
    const instanceId = migration[field];
    if (!patterns.some((pattern) => matches(pattern, instanceId))) return { field, instanceId };
  }
  return null;
}

/**
 * `*` stands for any characters, also none; letters match in either case. In steps of one pattern times
 * one id at most: a regular expression made of it could be given more stars than it ends with.
 */
export function matches(pattern: string, instanceId: string): boolean {
  const [wanted, text] = [pattern.toLowerCase(), instanceId.toLowerCase()];
  let [at, place] = [0, 0];
  let lastStar: { readonly at: number; place: number } | null = null;
  while (place < text.length) {
    if (wanted[at] === '*') {
      lastStar = { at, place };
      at += 1;
    } else if (wanted[at] === text[place]) {
      at += 1;
      place += 1;
    } else if (lastStar === null) {
      return false;
    } else {
      // The last star takes one character more; what an earlier one took never needs to change.
      lastStar.place += 1;
      at = lastStar.at + 1;
      place = lastStar.place;
    }
  }
  return /^\**$/.test(wanted.slice(at));
}
