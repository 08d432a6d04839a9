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
}

/** `admin` includes every other scope. */
export function mayUse(caller: Caller, scope: Scope): boolean {
  return caller.scopes.includes('admin') || caller.scopes.includes(scope);
}
