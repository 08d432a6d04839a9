// The tests of the pages get their Chromium where it can be had; whatever fails, they are left out and the rest runs.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { succeeds } from './processes.mjs';
import { say } from './say.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** A headless browser draws no letter without one. */
const PACKAGES = ['chromium', 'fonts-dejavu-core'];

const UPDATE_WITHIN_MS = 60_000;
const INSTALL_WITHIN_MS = 240_000;

/** A server that is away, or another apt at work, is not waited for long. */
const PATIENCE = ['Acquire::http::Timeout=20', 'Acquire::Retries=1', 'DPkg::Lock::Timeout=30'];

/** Ubuntu's `chromium-browser` only says that it wants a snap. */
const runs = (file) =>
  spawnSync(file, ['--version'], { stdio: 'ignore', timeout: 10_000 }).status === 0;

export function findChromium() {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const found = folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name)));
  const chosen = process.env.CHROMIUM_BIN;
  return [...(chosen ? [chosen] : []), ...found].find(runs) ?? null;
}

const mayInstall = () =>
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;

async function install() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (args, timeout) => {
    const patience = PATIENCE.flatMap((setting) => ['-o', setting]);
    const limits = { env, timeout, killSignal: 'SIGKILL' };
    return succeeds('apt-get', [...patience, '-q', ...args], limits);
  };
  await apt(['update'], UPDATE_WITHIN_MS); // old lists may do
  return apt(['install', '-y', '--no-install-recommends', ...PACKAGES], INSTALL_WITHIN_MS);
}

/** What the command needs to find it; nothing where there is none. */
export async function chromiumEnv() {
  let bin = findChromium();
  if (!bin && mayInstall()) {
    say('no Chromium on this machine: getting one for the tests of the pages');
    await install();
    bin = findChromium();
  }
  if (bin) return { CHROMIUM_BIN: bin };
  say('no Chromium here: the tests of the pages are left out (Debian: apt-get install chromium)');
  return {};
}
