// The scan for secrets: finds each kind where it is planted, shows none of them, and lets made-up ones be.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

interface Check {
  secretFindings(file: string, text: string): string[];
}
const SCRIPT = path.resolve('scripts/check/secrets.mjs');
const { secretFindings } = (await import(SCRIPT)) as Check;

/** Put together here, so that this file passes the scan itself. */
const joined = (...parts: readonly string[]): string => parts.join('');

const PLANTED: readonly (readonly [what: string, secret: string])[] = [
  ['an AccessKeyId', joined('LTAI', '5tQ9zXw7Vb2Nm4Rp8LsD')],
  ['a temporary AccessKeyId', joined('STS.', 'NUq7Zw3Xb9Vm2Lp5Rt8Ds4Gh')],
  ['a private key', joined('-----BEGIN RSA ', 'PRIVATE KEY-----\nMIIE')],
  ['a private key', joined('-----BEGIN ', 'PRIVATE KEY-----')],
  ['a master key', joined('k1:', 'q7Zw3Xb9Vm2Lp5Rt8Ds4Ghq7Zw3Xb9Vm2Lp5Rt8Ds4G', '=')],
  ['an API key of this service', joined('rdsi_', '01jq7zw3xb9vm2lp5rt8ds4gh_Zw3Xb9Vm2Lp5Rt8Ds4Gh')],
  ['a password in an address', joined('rediss://rdsimport:', 'Zw3Xb9Vm2Lp5', '@redis.test:6379')],
];

describe('the scan for secrets', () => {
  it.each(PLANTED)('finds %s, wherever it stands', (what, secret) => {
    for (const text of [secret, `a\nb "${secret}" c`, `X=${secret}\n`, `{'x':'${secret}'}`]) {
      const line = text.startsWith('a\n') ? 2 : 1;
      expect(secretFindings('some/file', text)).toEqual([`some/file:${line} holds ${what}`]);
    }
  });

  it.each([
    'LTAI5tExampleKeyId01',
    'LTAIcanaryCANARY01',
    'LTAI****0001',
    'MASTER_KEYS=k1:$(openssl rand -base64 32)',
    'MASTER_KEYS: `k1:${randomBytes(32).toString("base64")}`',
    'rdsi_…',
    'redis://user:pass@host',
    `"integrity": "sha512-${'q7Zw3Xb9Vm2Lp5Rt8Ds4Gh'.repeat(4).slice(0, 86)}=="`,
  ])('takes %s for what it is', (text) => {
    expect(secretFindings('some/file', text)).toEqual([]);
  });

  it('passes on this tree', () => {
    const { status, stdout } = spawnSync(process.execPath, [SCRIPT], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  });

  it('fails on a tree that holds one, and does not show it', () => {
    const cwd = mkdtempSync(path.join(tmpdir(), 'secrets-spec-'));
    try {
      execFileSync('git', ['init', '--quiet'], { cwd });
      for (const [index, [, secret]] of PLANTED.entries()) {
        writeFileSync(path.join(cwd, `file-${index}.txt`), `one\n${secret}\n`);
      }
      const { status, stdout } = spawnSync(process.execPath, [SCRIPT], { cwd, encoding: 'utf8' });
      expect(status).toBe(1);
      expect(stdout.trim().split('\n')).toEqual(
        PLANTED.map(([what], index) => `file-${index}.txt:2 holds ${what}`),
      );
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  });
});
