// The check of package-lock.json: shown something bad it says so; what is in the tree passes.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Check {
  lockFindings(lock: object, manifest: object, allowed?: object): string[];
}
const { lockFindings } = (await import(
  new URL('../../scripts/check/lockfile.mjs', import.meta.url).href
)) as Check;

const GOOD = { version: '1.0.0', integrity: `sha512-${'A'.repeat(86)}==` };
const url = (host: string): string => `https://${host}/a/-/a-1.0.0.tgz`;

const findings = (entry: object, allowed: object = {}, manifest: object = {}): string[] =>
  lockFindings({ packages: { '': {}, 'node_modules/a': entry } }, manifest, allowed);

describe('package-lock.json', () => {
  it('of this tree passes', () => {
    const read = (file: string): object => JSON.parse(readFileSync(file, 'utf8')) as object;
    expect(lockFindings(read('package-lock.json'), read('package.json'))).toEqual([]);
  });

  it.each([
    ['no checksum', { version: '1.0.0' }],
    ['a weak checksum', { ...GOOD, integrity: 'sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }],
    ['a git source', { ...GOOD, resolved: 'git+ssh://git@github.com/a/a.git#1' }],
    ['a git source over https', { ...GOOD, resolved: 'git+https://github.com/a/a.git#1' }],
    ['a file', { ...GOOD, resolved: 'file:../a.tgz' }],
    ['plain http', { ...GOOD, resolved: 'http://registry.npmjs.org/a/-/a-1.0.0.tgz' }],
    ['a user in its source', { ...GOOD, resolved: url('u@registry.npmjs.org') }],
    ['a link', { ...GOOD, link: true }],
    ['an install script', { ...GOOD, hasInstallScript: true }],
  ])('may not have %s', (_what, entry) => {
    expect(findings(entry)).toHaveLength(1);
  });

  it('may name its registry, or leave that to whoever installs', () => {
    expect(findings(GOOD)).toEqual([]);
    expect(findings({ ...GOOD, resolved: url('registry.npmjs.org') })).toEqual([]);
  });

  it('may not name two registries', () => {
    const of = (host: string): object => ({ ...GOOD, resolved: url(host) });
    const packages = { '': {}, 'node_modules/a': of('a.test'), 'node_modules/b': of('b.test') };
    expect(lockFindings({ packages }, {}, {})).toEqual([
      'packages come from several hosts: a.test, b.test',
    ]);
  });

  it('may not be empty', () => {
    expect(lockFindings({ packages: { '': {} } }, {}, {})).toHaveLength(1);
  });

  it('allows a script that has a reason and is not run, and forgets no reason', () => {
    const scripted = { ...GOOD, hasInstallScript: true };
    const isOff = { allowScripts: { a: false } };
    expect(findings(scripted, { a: 'why' }, isOff)).toEqual([]);
    expect(findings(scripted, { a: 'why' })).toEqual([expect.stringContaining('allowScripts')]);
    expect(findings(GOOD, { a: 'why' }, isOff)).toEqual([expect.stringContaining('off the list')]);
  });
});
