// No file of the tree holds a secret: keys of Alibaba Cloud, private keys, master keys or API keys of this service.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Each finds the secret itself in its first group, or in the whole. */
export const SECRETS = [
  { what: 'an AccessKeyId', pattern: /\b(LTAI[A-Za-z0-9]{12,30})(?![A-Za-z0-9])/g },
  { what: 'a temporary AccessKeyId', pattern: /\b(STS\.[A-Za-z0-9]{20,40})(?![A-Za-z0-9])/g },
  { what: 'a private key', pattern: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/g },
  { what: 'a master key', pattern: /[A-Za-z0-9._-]{1,64}:([A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])/g },
  { what: 'an API key of this service', pattern: /\b(rdsi_[A-Za-z0-9._-]{20,})/g },
  { what: 'a password in an address', pattern: /\brediss?:\/\/[^\s:@/'"`]*:([^\s@/'"`<$]{8,})@/g },
];

/** A made-up value says so in itself: in a real one such a word is as good as impossible. */
const MADE_UP = /key|canary|example/i;

/** Further values that are none of anybody's, each with where it stands. */
export const ALLOWED = [
  'LTAInew000000001', // test/http/credentials.spec.ts
  'hush-hush', // test/scripts/bootstrap.spec.ts
];

export function secretFindings(file, text) {
  return SECRETS.flatMap(({ what, pattern }) =>
    [...text.matchAll(pattern)]
      // The head of a private key has no value to judge by.
      .filter(([, value = '']) => !MADE_UP.test(value) && !ALLOWED.includes(value))
      // Never the value: whoever reads the log of a check need not learn it.
      .map(({ index }) => `${file}:${text.slice(0, index).split('\n').length} holds ${what}`),
  );
}

/** What is in git, and what would be next; what git ignores stays on this machine. */
function files() {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const names = execFileSync('git', args, { encoding: 'utf8', maxBuffer: 67_108_864 });
  return names.split('\0').filter((name) => name !== '' && fs.existsSync(name));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const all = files();
  const findings = all.flatMap((file) => secretFindings(file, fs.readFileSync(file, 'latin1')));
  for (const finding of findings) console.log(finding);
  if (all.length === 0) console.log('git lists no file: this check needs a checkout');
  process.exitCode = findings.length === 0 && all.length > 0 ? 0 : 1;
}
