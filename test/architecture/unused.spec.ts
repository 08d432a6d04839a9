// Nothing is exported, installed or kept as a file that nothing uses; knip.jsonc says what is used from outside.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

/** What it prints; nothing where there is no finding. */
function knip(): Promise<string> {
  const bin = path.resolve('node_modules/knip/bin/knip.js');
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, '--no-progress'], (_error, stdout, stderr) => {
      resolve(`${stdout}${stderr}`.trim());
    });
  });
}

test('no file, export or package is unused', async () => {
  expect(await knip()).toBe('');
}, 120_000);
