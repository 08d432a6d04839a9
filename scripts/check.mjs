#!/usr/bin/env node
// The one gate: lockfile, secrets, format, lint with the floors, types, unused code, tests. Stops at the first failure and says how to mend it.
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { forwardSignals, runCommand } from './bootstrap/processes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The cheapest first: what fails fast is told fast. */
const CHECKS = [
  {
    name: 'lockfile',
    command: [process.execPath, 'scripts/check/lockfile.mjs'],
    mend: 'each line above names a package; what may be installed is said in scripts/check/lockfile.mjs',
  },
  {
    name: 'secrets',
    command: [process.execPath, 'scripts/check/secrets.mjs'],
    mend: 'take the value out and, if it is real, revoke it; a made-up one says so: key, canary or example is in it',
  },
  {
    name: 'format',
    command: ['prettier', '--check', '--log-level=warn', '.'],
    mend: 'run `npm run format`',
  },
  {
    name: 'lint',
    command: ['oxlint', '--deny-warnings'],
    mend: 'each line above names a rule and, after "help", the way out; .oxlintrc.json holds the floors',
  },
  {
    name: 'types',
    command: ['tsc', '--noEmit', '-p', 'tsconfig.json'],
    mend: 'mend the types; a cast only moves the mistake',
  },
  {
    name: 'types of the page',
    command: ['tsc', '--noEmit', '-p', 'src/web/tsconfig.json'],
    mend: 'mend the types; src/web has browsers and no Node',
  },
  {
    name: 'unused exports and dependencies',
    command: ['knip', '--no-progress'],
    mend: 'remove what nothing uses; what is used from outside is said in knip.jsonc',
  },
  {
    name: 'tests',
    command: ['vitest', 'run'],
    mend: 'run one file with `npm test -- test/…/name.spec.ts`',
  },
];

const bin = path.join(root, 'node_modules', '.bin');
const search = [bin, process.env.PATH].filter(Boolean).join(path.delimiter);
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

async function main() {
  process.chdir(root);
  forwardSignals();
  for (const { name, command, mend } of CHECKS) {
    console.log(`── ${name}: ${command.join(' ')}`);
    const since = performance.now();
    const exitCode = await runCommand(command, { ...process.env, PATH: search });
    console.log(`── ${name} ${exitCode === 0 ? 'passed' : 'FAILED'} after ${seconds(since)}\n`);
    if (exitCode !== 0) {
      console.log(`To mend: ${mend}. Then run \`npm run check\` again.`);
      return exitCode;
    }
  }
  return 0;
}

process.exit(await main());
