// The lockfile installs the same, complete packages everywhere.
import type { Finding } from './source-files.js';

interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

/**
 * Packages come from registries over TLS; git, file and plain http sources have no place. An entry
 * without a source means the registry of whoever installs.
 */
const SOURCE = /^https:\/\/[^/@]+\/.+\.tgz$/;

/** npm drops platform packages from the lock when its registry lacks them; `npm ci` then fails elsewhere. */
function missingPlatforms({ packages }: Lockfile, where: string): Finding[] {
  const wanted = Object.keys(packages[where]?.optionalDependencies ?? {});
  const folders = where.split('/node_modules/').map((_, index, parts) => parts.slice(0, index + 1));
  const prefixes = ['', ...folders.map((parts) => `${parts.join('/node_modules/')}/`)];
  return wanted
    .filter((name) => !prefixes.some((prefix) => `${prefix}node_modules/${name}` in packages))
    .map(
      (name) =>
        `${where || 'the project'} wants ${name}, which has no entry: npm ci fails where it fits`,
    );
}

export function lockFindings(lockfile: Lockfile): Finding[] {
  return Object.entries(lockfile.packages).flatMap(([where, entry]) => {
    const isOwn = where === '';
    return [
      ...(isOwn || entry.integrity ? [] : [`${where} has no integrity`]),
      ...(isOwn || entry.resolved === undefined || SOURCE.test(entry.resolved)
        ? []
        : [`${where} comes from ${entry.resolved}`]),
      ...missingPlatforms(lockfile, where),
    ];
  });
}
