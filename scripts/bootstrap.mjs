#!/usr/bin/env node
/**
 * Makes a command run on a machine that has only Node and npm:
 *
 *   node scripts/bootstrap.mjs [--deps] [--build] [--redis] [--chromium] [--data-dir DIR] -- <command…>
 *
 *   --deps   installs the locked packages when they are missing or stale
 *   --build  compiles when a source is newer than what is in dist
 *   --redis  gives the command a Redis in REDIS_URL: the one REDIS_URL names when it answers, else a
 *            private one that lives no longer than the command (its data under --data-dir, .data)
 *   --chromium  names a Chromium in CHROMIUM_BIN: one on the PATH, else Debian's, which only root on
 *            Debian gets; the command runs all the same where there is none
 *
 * Ends with the exit code of the command, 128+n when signal n ended it. No dependencies.
 */
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ensureBuild } from './bootstrap/build.mjs';
import { chromiumEnv } from './bootstrap/chromium.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { exclusively } from './bootstrap/lock.mjs';
import { watchAncestors } from './bootstrap/ancestors.mjs';
import { endChildren, forwardSignals, runCommand } from './bootstrap/processes.mjs';
import { openRedis } from './bootstrap/redis.mjs';
import { say, Stop } from './bootstrap/say.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const WISHES = ['deps', 'build', 'redis', 'chromium'];

function parse(args) {
  const cut = args.indexOf('--');
  if (cut < 0 || cut === args.length - 1) throw new Stop('no command given after --', 2);
  const wish = Object.fromEntries(WISHES.map((name) => [name, false]));
  const flags = args.slice(0, cut);
  for (let flag = flags.shift(); flag !== undefined; flag = flags.shift()) {
    if (flag === '--data-dir' && flags.length > 0) wish.dataDir = path.resolve(flags.shift());
    else if (WISHES.some((name) => flag === `--${name}`)) wish[flag.slice(2)] = true;
    else throw new Stop(`unknown option ${flag}`, 2);
  }
  return { dataDir: path.join(root, '.data'), ...wish, command: args.slice(cut + 1) };
}

function requireNode(major, minor) {
  const [haveMajor, haveMinor] = process.versions.node.split('.').map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  throw new Stop(`Node ${major}.${minor} or newer is needed; this is ${process.version}`);
}

/** Two starts at once must not install, build or clean up under each other. */
function prepare(wish) {
  return exclusively(path.join(root, '.data', 'bootstrap.lock'), async () => {
    if (wish.deps) await ensureDependencies(root);
    if (wish.build) await ensureBuild(root);
    const browser = wish.chromium ? await chromiumEnv() : {};
    if (!wish.redis) return { env: browser, close: async () => {} };
    const { env, close } = await openRedis(root, wish.dataDir);
    return { env: { ...browser, ...env }, close };
  });
}

async function main() {
  requireNode(20, 19);
  const wish = parse(process.argv.slice(2));
  forwardSignals();
  watchAncestors(() => endChildren());
  const { env, close } = await prepare(wish);
  try {
    const bin = path.join(root, 'node_modules', '.bin');
    const search = [bin, process.env.PATH].filter(Boolean).join(path.delimiter);
    return await runCommand(wish.command, { ...process.env, PATH: search, ...env });
  } finally {
    await close();
  }
}

// Whoever read our output may be gone before we are; there is still a Redis to stop.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

main().then(
  (exitCode) => process.exit(exitCode),
  (error) => {
    say(error instanceof Stop ? error.message : (error.stack ?? String(error)));
    process.exit(error instanceof Stop ? error.exitCode : 1);
  },
);
