// Puts a Redis server on this machine: without root where that is possible, else by its package manager.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { succeeds } from './processes.mjs';
import { findServer, vendorFolder } from './redis-binary.mjs';
import { say } from './say.mjs';

const exists = (command) => !spawnSync(command, ['--version'], { stdio: 'ignore' }).error;

/** Steps are tried in order; a manager whose first package is unknown may have the second. */
const RECIPES = [
  {
    manager: 'apt-get',
    first: ['update', '-q'],
    installs: [['install', '-y', '--no-install-recommends', 'redis-server']],
  },
  {
    manager: 'apk',
    installs: [
      ['add', '--no-cache', 'valkey'],
      ['add', '--no-cache', 'redis'],
    ],
  },
  {
    manager: 'dnf',
    installs: [
      ['install', '-y', 'valkey'],
      ['install', '-y', 'redis'],
    ],
  },
  { manager: 'pacman', installs: [['-Sy', '--noconfirm', '--needed', 'valkey']] },
  { manager: 'brew', isOwn: true, installs: [['install', 'redis']] },
];

/** How to become root here; null where that would need a password. */
function asRoot() {
  if (process.getuid?.() === 0) return [];
  const way = ['sudo', 'doas'].find(
    (name) => spawnSync(name, ['-n', 'true'], { stdio: 'ignore' }).status === 0,
  );
  return way ? [way, '-n'] : null;
}

async function byManager(root) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const { manager, isOwn, first, installs } of RECIPES) {
    const before = isOwn ? [] : asRoot();
    if (before === null || !exists(manager)) continue;
    const call = (args) => {
      const [command, ...rest] = [...before, manager, ...args];
      return succeeds(command, rest, { env });
    };
    if (first) await call(first);
    for (const args of installs) {
      if ((await call(args)) && findServer(root)) return true;
    }
  }
  return false;
}

/** What apt would install that this machine lacks; the server and its tools in any case. */
function missingPackages(apt) {
  const plan = ['-s', '--no-install-recommends', 'install', 'redis-server'];
  const shown = spawnSync('apt-get', [...apt, ...plan], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (shown.status !== 0) return null;
  const lacking = [...shown.stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]);
  return [...new Set(['redis-server', 'redis-tools', ...lacking])];
}

async function download(folder) {
  const mine = ['-o', `Dir::Cache=${folder}/cache`, '-o', 'Debug::NoLocking=1'];
  if (process.getuid?.() === 0) mine.push('-o', 'APT::Sandbox::User=root');
  const get = async (apt) => {
    const packages = missingPackages(apt);
    return (
      packages !== null &&
      succeeds('apt-get', [...apt, '-q', 'download', ...packages], { cwd: folder })
    );
  };
  if (await get(mine)) return true;
  // No package lists, or old ones: fetch them into a folder of our own, which needs no root.
  fs.mkdirSync(path.join(folder, 'lists', 'partial'), { recursive: true });
  const lists = [...mine, '-o', `Dir::State::lists=${folder}/lists`];
  return (await succeeds('apt-get', [...lists, '-q', 'update'])) && get(lists);
}

function takeOver(unpacked, vendor) {
  for (const part of ['bin', 'lib']) fs.mkdirSync(path.join(vendor, part), { recursive: true });
  // Debian's redis-server is a link to redis-check-rdb: one binary that looks at its own name.
  const names = ['redis-server', 'redis-check-rdb'].map((name) =>
    path.join(unpacked, 'usr/bin', name),
  );
  const server = names.find((file) => fs.existsSync(file));
  if (!server) return;
  for (const entry of fs.readdirSync(unpacked, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isDirectory() || !/\.so(\.|$)/.test(entry.name) || !fs.existsSync(file)) continue;
    fs.copyFileSync(file, path.join(vendor, 'lib', entry.name));
  }
  // Last and by rename: a copy that was interrupted is never taken for a server.
  const fresh = path.join(vendor, 'bin', `redis-server.${process.pid}`);
  fs.copyFileSync(server, fresh);
  fs.chmodSync(fresh, 0o755);
  fs.renameSync(fresh, path.join(vendor, 'bin', 'redis-server'));
}

/** Debian and Ubuntu: unpacks the packages into our own folder. No root, no system service. */
async function byUnpacking(root) {
  if (process.platform !== 'linux' || !exists('apt-get') || !exists('dpkg-deb')) return false;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'redis-packages-'));
  try {
    if (!(await download(folder))) return false;
    const unpacked = path.join(folder, 'unpacked');
    for (const name of fs.readdirSync(folder).filter((file) => file.endsWith('.deb'))) {
      if (!(await succeeds('dpkg-deb', ['-x', name, unpacked], { cwd: folder }))) return false;
    }
    takeOver(unpacked, vendorFolder(root));
    return findServer(root) !== null;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

export async function installServer(root) {
  say('no redis-server or valkey-server on this machine: getting one');
  return (await byUnpacking(root)) || (await byManager(root));
}
