// What package-lock.json installs is checked by checksum, comes from a registry over TLS, and runs no script of its own.
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * Packages that have an install script, each with the reason why it may stay. No script is run: package.json
 * sets them to false under `allowScripts`, and the image installs with `--ignore-scripts`.
 */
export const WITH_SCRIPTS = {
  '@alicloud/openapi-core':
    'for tests only: the official client that our signature is compared with',
  '@scarf/scarf': 'of swagger-ui-dist: counts downloads, which nobody here needs',
  'msgpackr-extract': 'of bullmq, optional: native speed; msgpackr works without',
};

/** An entry without a source means the registry of whoever installs, and its checksum is what counts. */
const SOURCE = /^https:\/\/([^/@?#]+)\/.+\.tgz$/;

const nameOf = (where) => where.split('node_modules/').at(-1);

export function lockFindings(lock, manifest, allowed = WITH_SCRIPTS) {
  const entries = Object.entries(lock.packages ?? {}).filter(([where]) => where !== '');
  const hosts = new Set(entries.flatMap(([, { resolved }]) => SOURCE.exec(resolved)?.[1] ?? []));
  const findings = entries.flatMap(([where, entry]) => entryFindings(where, entry, allowed));
  if (entries.length === 0) findings.push('package-lock.json lists no package');
  if (hosts.size > 1) findings.push(`packages come from several hosts: ${[...hosts].join(', ')}`);
  for (const name of Object.keys(allowed)) {
    if (!entries.some(([where, entry]) => nameOf(where) === name && entry.hasInstallScript)) {
      findings.push(`${name} is allowed an install script but has none: take it off the list`);
    }
    if (manifest.allowScripts?.[name] !== false) {
      findings.push(
        `${name} has an install script: set it to false in allowScripts of package.json`,
      );
    }
  }
  return findings;
}

function entryFindings(where, entry, allowed) {
  const findings = [];
  if (entry.link) findings.push(`${where} is a link to a folder`);
  if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(entry.integrity ?? '')) {
    findings.push(`${where} has no sha512 checksum`);
  }
  if (entry.resolved !== undefined && !SOURCE.test(entry.resolved)) {
    findings.push(`${where} comes from ${entry.resolved}`);
  }
  if (entry.hasInstallScript && !Object.hasOwn(allowed, nameOf(where))) {
    findings.push(
      `${where} has an install script: read it, then say why in scripts/check/lockfile.mjs`,
    );
  }
  return findings;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
  const findings = lockFindings(read('package-lock.json'), read('package.json'));
  for (const finding of findings) console.log(finding);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
